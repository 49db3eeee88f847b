import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { INITIAL_DECIDER_STATE } from '../../src/signals/decider.js';
import { explainText } from '../../src/signals/explanation.js';
import { type Evidence, judge, type Lineage, neededPatterns, recompute } from '../../src/signals/lineage.js';
import type { PatternNeighbour } from '../../src/signals/pattern-part.js';
import type { ScoreParts } from '../../src/signals/signal.js';
import { proofCount } from '../support/price-paths.js';
import { anyEvidence, anySettings, anyState } from './evidence-arbitraries.js';

const packed = (lineage: Lineage): Lineage => new Unpackr().unpack(new Packr().pack(lineage)) as Lineage;
const read = (text: string): Lineage => JSON.parse(text) as Lineage;

const anyClose = anySettings.chain((settings) =>
  fc.record({ settings: fc.constant(settings), state: anyState, evidence: anyEvidence(settings) }),
);

test('any decision comes out of its lineage again, to the last bit, after a way through JSON and MessagePack', () => {
  let [decided, withModels, withNeighbours] = [0, 0, 0];
  fc.assert(
    fc.property(anyClose, ({ settings, state, evidence }) => {
      const { lineage, ...judged } = judge(settings, state, evidence);
      assert.equal(lineage === undefined, judged.decisions.length === 0);
      if (lineage === undefined) return;
      decided += 1;
      const parts: ScoreParts = judged.decisions[0]?.parts ?? {};
      if (parts.ml !== undefined) withModels += 1;
      if (parts.pattern !== undefined) withNeighbours += 1;
      for (const back of [read(lineage), packed(read(lineage))]) {
        assert.deepStrictEqual(back, read(lineage));
        assert.deepStrictEqual(recompute(back).decided, judged);
      }
    }),
    { numRuns: proofCount(10_000) },
  );
  assert.ok(decided > 100 && withModels > 50 && withNeighbours > 50, `${decided} ${withModels} ${withNeighbours}`);
});

const SETTINGS = {
  tenantId: 'blue',
  strategy: 'hybrid-1',
  symbol: 'EURUSD',
  timeframe: 'M15',
  thresholds: { strong: 75, moderate: 60 },
} as const;
const NONE = { time: 0, above: 'NONE' } as const;

function neighbour(id: string, wins: number, certainty = 0.9): PatternNeighbour {
  return { certainty, item: { id, timeframe: 'M15', symbolClass: 'major', direction: 'BUY', trades: 14, wins } };
}

const EVIDENCE: Evidence = {
  time: Date.UTC(2026, 0, 5, 10, 0),
  close: 1.1,
  values: { ema_20: 1.2, ema_50: 1.1, rsi_14: 60 },
  stops: { atr: 0.001, regime: 'QUIET' },
  models: {
    atMs: Date.UTC(2026, 0, 5, 10, 15),
    members: [
      {
        model: 'lstm',
        version: '3',
        adviser: false,
        output: { kind: 'sides', BUY: 0.7, SELL: 0.3 },
        accuracy: 0.55,
        calibration: { kind: 'as is' },
        outlier: 1,
        outlierMost: 3,
        expiresAtMs: null,
      },
      { model: 'trees', version: '2', adviser: false, leftOut: 'slow' },
    ],
    calibrations: [],
  },
  neighbours: [neighbour('near', 9), neighbour('too-far', 14, 0.6)],
};

test('the score of a lineage is the hand’s: 0.4 · 70 + 0.4 · 60 + 0.2 · 75', () => {
  const { decisions, lineage } = judge(SETTINGS, NONE, EVIDENCE);
  // Votes 1 and 0.5; the neighbour won (9 + 3) / (14 + 6).
  assert.ok(Math.abs((decisions[0]?.score ?? 0) - 67) < 1e-9);
  const { neighbours } = read(lineage as string);
  assert.deepEqual('length' in neighbours && neighbours.map(({ item }) => item.id), ['near']);
});

test('a part that is absent is named with why: the reason given, no neighbour, all models left out', () => {
  const absent = (wish: Partial<Evidence>) =>
    judge({ ...SETTINGS, thresholds: { strong: 75, moderate: 10 } }, NONE, { ...EVIDENCE, ...wish }).decisions[0]?.absent;
  assert.equal(absent({}), undefined);
  assert.deepEqual(absent({ neighbours: { absent: 'store down' } }), { pattern: 'store down' });
  assert.deepEqual(absent({ neighbours: [] }), { pattern: 'no neighbour' });
  assert.deepEqual(absent({ models: { absent: 'late' }, neighbours: { absent: 'tier' } }), { ml: 'late', pattern: 'tier' });
  const members = [{ model: 'lstm', version: '1', adviser: false, leftOut: 'slow' as const }];
  assert.deepEqual(absent({ models: { atMs: 1, members, calibrations: [] } }), { ml: 'left out' });
});

test('the store is asked exactly where what it finds could make a signal', () => {
  let [asked, not] = [0, 0];
  fc.assert(
    fc.property(anyClose, ({ settings, evidence }) => {
      const question = neededPatterns(settings, evidence);
      // One neighbour that has always won, or always lost, as often as can be: as sure as a store can be of either side.
      const sure = (direction: 'BUY' | 'SELL'): Evidence => {
        const { timeframe, symbolClass } = question?.filter ?? { timeframe: settings.timeframe, symbolClass: '' };
        const item = { id: 'one', timeframe, symbolClass, direction, trades: 1e15, wins: 1e15 };
        return { ...evidence, neighbours: [{ certainty: 1, item }] };
      };
      const raised = ['BUY', 'SELL', 'NONE'].some((side) => {
        const given = side === 'NONE' ? { ...evidence, neighbours: [] } : sure(side as 'BUY' | 'SELL');
        const free = { ...given, live: { BUY: false, SELL: false } };
        return judge(settings, { time: 0, above: 'NONE' }, free).decisions.length > 0;
      });
      if (question === undefined) {
        assert.equal(judge(settings, { time: 0, above: 'NONE' }, evidence).decisions.length, 0);
        not += 1;
      } else {
        assert.ok(raised);
        asked += 1;
      }
    }),
    // One in a hundred and fifty needs no store.
    { numRuns: proofCount(20_000) },
  );
  assert.ok(asked > 0 && not > 0, `${asked} ${not}`);
});

test('nothing is asked of the store while the candle cannot be judged', () => {
  assert.ok(neededPatterns(SETTINGS, EVIDENCE));
  assert.equal(neededPatterns(SETTINGS, { ...EVIDENCE, stops: { atr: Number.NaN, regime: undefined } }), undefined);
  assert.equal(neededPatterns(SETTINGS, { ...EVIDENCE, values: { ema_20: Number.NaN, ema_50: 1 } }), undefined);
  assert.equal(neededPatterns(SETTINGS, { ...EVIDENCE, models: { absent: 'no model' }, values: { rsi_14: 50 } })?.count, 10);
});

test('where nothing is decided nothing is kept', () => {
  assert.equal(judge(SETTINGS, INITIAL_DECIDER_STATE, EVIDENCE).lineage, undefined);
});

test('the derivation for a person names models with their figures, neighbours, votes, stops and what was decided', () => {
  const { lineage } = judge(SETTINGS, NONE, EVIDENCE);
  assert.ok(lineage);
  const text = explainText(read(lineage));
  for (const told of [
    /^EURUSD M15, candle closed 2026-01-05T10:15:00\.000Z, strategy hybrid-1 of tenant blue$/m,
    /^ {2}OPEN BUY at 1\.1, stop 1\.0985, target 1\.1016875: score 67, MODERATE$/m,
    /^ {2}ml +0\.4000 +70\.0000 +30\.0000$/m,
    /^ {2}pattern +0\.4000 +60\.0000 +40\.0000$/m,
    /^ {2}technical +0\.2000 +75\.0000 +0\.0000$/m,
    /^ {2}lstm 3 +as is +0\.7000 0\.3000 +0\.7000 +0\.3000 +0\.5500 +1\.0000$/m,
    /^ {2}trees 2 +left out: slow$/m,
    /^ {2}near +BUY +0\.9000 +9 of 14 +0\.6000 +1\.0 +BUY$/m,
    /^ {2}votes 1\.0000 0\.5000, mean 0\.7500$/m,
    /^ {2}atr_14 0\.001, QUIET: stop 0\.0015, target 0\.0016875 from the entry$/m,
  ])
    assert.match(text, told);
  assert.doesNotMatch(text, /too-far/);
});

test('whatever was decided can be explained, and each absent part is named', () => {
  fc.assert(
    fc.property(anyClose, ({ settings, state, evidence }) => {
      const { lineage, decisions } = judge(settings, state, evidence);
      if (lineage === undefined) return;
      const text = explainText(read(lineage));
      assert.doesNotMatch(text, /NaN|undefined|\?|Infinity/);
      for (const [name, why] of Object.entries(decisions[0]?.absent ?? {}))
        assert.ok(text.includes(`absent: ${why}`), `${name} ${why}`);
    }),
    { numRuns: proofCount(1_000) },
  );
});
