import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loneStream } from '../../src/indicators/candle-stream.js';
import { IndicatorSet } from '../../src/indicators/indicator-set.js';
import { definitionsFor } from '../../src/indicators/registry.js';
import { TIMEFRAME_MS, TIMEFRAMES } from '../../src/market/timeframe.js';
import { seededRandom } from '../../src/runtime/random.js';
import {
  DECISION_COLUMNS,
  type DeciderInput,
  type DeciderSettings,
  type DeciderState,
  decide,
  INITIAL_DECIDER_STATE,
  readDecision,
} from '../../src/signals/decider.js';
import type { Decision, Direction } from '../../src/signals/signal.js';
import { REGIMES, stopDistances, type StopInputs } from '../../src/signals/stop-distances.js';
import type { TechnicalValues } from '../../src/signals/technical.js';
import { freshSeed, PRICE_PATHS, proofCount } from '../support/price-paths.js';

const SETTINGS: DeciderSettings = {
  tenantId: 'blue',
  strategy: 'hybrid-1',
  symbol: 'EURUSD',
  timeframe: 'M1',
  thresholds: { strong: 75, moderate: 60 },
};

/** Indicators that are ready and whose votes cancel out: sides are then decided by the other parts. */
const EVEN: TechnicalValues = {
  ema_20: 1.1,
  ema_50: 1.1,
  macd_hist: 0,
  rsi_14: 50,
  plus_di: 20,
  minus_di: 20,
  adx: 30,
  supertrend_dir: 0,
  bb_upper: 1.2,
  bb_middle: 1.1,
};
const STOPS: StopInputs = { atr: 0.001, regime: undefined };

/** With even indicators the score of a side is then 0.4 · 100 + 0.4 · 100 + 0.2 · 0 = 80, or 0. */
type Side = Direction | 'NONE';
const sure = (side: Side) => ({ BUY: side === 'BUY' ? 100 : 0, SELL: side === 'SELL' ? 100 : 0 });

function inputOf(at: number, side: Side, live: readonly Direction[] = []): DeciderInput {
  const told = { BUY: live.includes('BUY'), SELL: live.includes('SELL') };
  return { time: (at + 1) * 60_000, close: 1.1, values: EVEN, stops: STOPS, ml: sure(side), pattern: sure(side), live: told };
}

function run(
  inputs: readonly DeciderInput[],
  settings = SETTINGS,
  from = INITIAL_DECIDER_STATE,
): { decisions: Decision[][]; state: DeciderState } {
  let state = from;
  const decisions = inputs.map((input) => {
    const decided = decide(settings, state, input);
    state = decided.state;
    return [...decided.decisions];
  });
  return { decisions, state };
}

const names = (decisions: readonly (readonly Decision[])[]): string[] =>
  decisions.map((at) => at.map(({ kind, direction }) => `${kind} ${direction}`).join(', '));

test('a signal is raised when the score crosses the threshold upwards, once, and again only after it was below', () => {
  const sides: Side[] = ['NONE', 'BUY', 'BUY', 'BUY', 'NONE', 'BUY', 'NONE', 'SELL', 'SELL'];
  const { decisions } = run(sides.map((side, at) => inputOf(at, side)));
  assert.deepEqual(names(decisions), ['', 'OPEN BUY', '', '', '', 'OPEN BUY', '', 'OPEN SELL', '']);
});

test('a score that is high at the first close that can be judged has crossed nothing', () => {
  assert.deepEqual(names(run([inputOf(0, 'BUY'), inputOf(1, 'BUY'), inputOf(2, 'SELL')]).decisions), ['', '', 'OPEN SELL']);
});

test('a flip closes the old direction first where it is live, and opens the new', () => {
  const inputs = [inputOf(0, 'NONE'), inputOf(1, 'BUY'), inputOf(2, 'SELL', ['BUY']), inputOf(3, 'BUY')];
  assert.deepEqual(names(run(inputs).decisions), ['', 'OPEN BUY', 'CLOSE BUY, OPEN SELL', 'OPEN BUY']);
  const apart = [inputOf(0, 'NONE'), inputOf(1, 'BUY'), inputOf(2, 'NONE', ['BUY']), inputOf(3, 'SELL', ['BUY'])];
  assert.deepEqual(names(run(apart).decisions), ['', 'OPEN BUY', '', 'CLOSE BUY, OPEN SELL']);
});

test('none is raised while one of its direction is live, and that crossing is spent', () => {
  const inputs = [inputOf(0, 'NONE'), inputOf(1, 'BUY', ['BUY']), inputOf(2, 'BUY'), inputOf(3, 'NONE'), inputOf(4, 'BUY')];
  assert.deepEqual(names(run(inputs).decisions), ['', '', '', '', 'OPEN BUY']);
  const both = [inputOf(0, 'NONE'), inputOf(1, 'BUY', ['BUY', 'SELL'])];
  assert.deepEqual(names(run(both).decisions), ['', 'CLOSE SELL']);
});

test('an open decision carries the close as entry, 1.5 and 2.25 ranges to stop and target, and its score', () => {
  const [, [buy]] = run([inputOf(0, 'NONE'), inputOf(1, 'BUY')]).decisions as [Decision[], [Decision]];
  const [, [sell]] = run([inputOf(0, 'NONE'), inputOf(1, 'SELL')]).decisions as [Decision[], [Decision]];
  assert.deepEqual(buy, {
    kind: 'OPEN',
    tenantId: 'blue',
    strategy: 'hybrid-1',
    symbol: 'EURUSD',
    timeframe: 'M1',
    closeTime: 180_000,
    direction: 'BUY',
    score: 80,
    strength: 'STRONG',
    parts: { ml: 100, pattern: 100, technical: 0 },
    entry: 1.1,
    stopLoss: 1.1 - 0.0015,
    takeProfit: 1.1 + 0.00225,
    validUntil: 240_000,
  });
  assert.ok(Math.abs(sell.stopLoss - 1.1015) < 1e-12 && Math.abs(sell.takeProfit - 1.09775) < 1e-12);
});

test('a decision is valid for one candle, at most 15 minutes', () => {
  for (const timeframe of TIMEFRAMES) {
    const span = TIMEFRAME_MS[timeframe];
    const inputs = [inputOf(0, 'NONE'), { ...inputOf(1, 'BUY'), time: 10 * span }];
    const [decision] = run(inputs, { ...SETTINGS, timeframe }).decisions[1] as [Decision];
    assert.equal(decision.closeTime, 11 * span);
    assert.equal(decision.validUntil - decision.closeTime, Math.min(span, 15 * 60_000));
  }
});

test('stops scale with the regime: wider in VOLATILE, neutral where it is unknown, and every regime has its distances', () => {
  const distances = (regime: StopInputs['regime']) => stopDistances({ atr: 0.01, regime });
  assert.deepEqual(distances(undefined), distances('RANGE_WIDE'));
  assert.ok(distances('VOLATILE').stop > distances(undefined).stop);
  for (const regime of REGIMES) {
    const { stop, target } = distances(regime);
    assert.ok(stop > 0 && target > 0, regime);
  }
  const inputs = [inputOf(0, 'NONE'), { ...inputOf(1, 'BUY'), stops: { ...STOPS, regime: 'VOLATILE' as const } }];
  const [decision] = run(inputs).decisions[1] as [Decision];
  assert.ok(Math.abs(1.1 - decision.stopLoss - 1.5 * 0.0015) < 1e-12);
});

test('a candle that cannot be judged, or is not later than the last, changes nothing', () => {
  const { state } = run([inputOf(0, 'NONE'), inputOf(1, 'BUY')]);
  for (const input of [
    inputOf(1, 'SELL'),
    inputOf(0, 'SELL'),
    { ...inputOf(2, 'SELL'), values: { ...EVEN, ema_50: Number.NaN } },
    { ...inputOf(2, 'SELL'), stops: { ...STOPS, atr: 0 } },
    { ...inputOf(2, 'SELL'), stops: { ...STOPS, atr: Number.NaN } },
  ]) {
    const decided = decide(SETTINGS, state, input);
    assert.deepEqual([decided.state, decided.decisions], [state, []]);
  }
});

const side = fc.constantFrom<Side>('BUY', 'SELL', 'NONE');
const story = fc.array(fc.record({ side, live: fc.subarray<Direction>(['BUY', 'SELL']) }), { maxLength: 60 });

test('whatever happens, it never raises a direction twice without having left it in between, nor one that is live', () => {
  fc.assert(
    fc.property(story, (steps) => {
      const { decisions } = run(steps.map((step, at) => inputOf(at, step.side, step.live)));
      let held: Side | undefined;
      steps.forEach((step, at) => {
        const here = decisions[at] ?? [];
        const opens = here.filter(({ kind }) => kind === 'OPEN');
        const expected = held !== undefined && step.side !== 'NONE' && step.side !== held && !step.live.includes(step.side);
        assert.deepEqual(
          opens.map(({ direction }) => direction),
          expected ? [step.side] : [],
        );
        for (const { kind, direction } of here)
          if (kind === 'CLOSE') assert.ok(direction !== step.side && step.live.includes(direction));
        assert.ok(here.length < 2 || here[0]?.kind === 'CLOSE');
        held = step.side;
      });
    }),
    { numRuns: proofCount(2_000) },
  );
});

test('a mirrored story gives the mirrored decisions', () => {
  const turn = (from: Side): Side => (from === 'NONE' ? from : from === 'BUY' ? 'SELL' : 'BUY');
  fc.assert(
    fc.property(story, (steps) => {
      const plain = run(steps.map((step, at) => inputOf(at, step.side, step.live))).decisions;
      const turned = run(steps.map((step, at) => inputOf(at, turn(step.side), step.live.map(turn) as Direction[]))).decisions;
      assert.deepEqual(
        plain.map((at) => at.map(({ kind, direction, score }) => [kind, turn(direction), score])),
        turned.map((at) => at.map(({ kind, direction, score }) => [kind, direction, score])),
      );
    }),
    { numRuns: proofCount(2_000) },
  );
});

const seed = freshSeed();

test(`restarts at any candle, with everything restored or replayed, give the decisions of one run, seed ${seed}`, () => {
  const candles = PRICE_PATHS['a random walk']?.(proofCount(20_000) + 500, seed) ?? [];
  const technicalOnly: DeciderSettings = { ...SETTINGS, thresholds: { strong: 75, moderate: 50 } };
  const random = seededRandom(seed);
  let set = new IndicatorSet(definitionsFor(DECISION_COLUMNS), loneStream('EURUSD', 'M1'));
  let state = INITIAL_DECIDER_STATE;
  const whole = {
    set: new IndicatorSet(definitionsFor(DECISION_COLUMNS), loneStream('EURUSD', 'M1')),
    state: INITIAL_DECIDER_STATE,
  };
  let raised = 0;
  for (const candle of candles) {
    const before = { set: set.snapshot(), state };
    set.update(candle);
    whole.set.update(candle);
    const input = { time: candle.time, close: candle.close };
    let decided = decide(technicalOnly, state, { ...input, ...readDecision((column) => set.valueOf(column)) });
    if (random.chance(0.05)) {
      // A crash after this candle: what stood before it is restored as a store would keep it, and the candle comes again.
      set = new IndicatorSet(definitionsFor(DECISION_COLUMNS), loneStream('EURUSD', 'M1'));
      set.restore(structuredClone(before.set));
      set.update(candle);
      const kept = JSON.parse(JSON.stringify(before.state)) as DeciderState;
      decided = decide(technicalOnly, kept, { ...input, ...readDecision((column) => set.valueOf(column)) });
    }
    state = decided.state;
    const expected = decide(technicalOnly, whole.state, { ...input, ...readDecision((column) => whole.set.valueOf(column)) });
    whole.state = expected.state;
    assert.deepEqual(decided, expected);
    raised += expected.decisions.length;
  }
  assert.ok(raised > 0, 'the walk raised signals at all');
});
