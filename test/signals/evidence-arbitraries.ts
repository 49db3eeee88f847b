/** Closes at which anything may be known: for properties of what is made of it. */
import fc from 'fast-check';
import { REGIMES } from '../../src/indicators/regime/regimes.js';
import { symbolClassOf } from '../../src/market/symbol-class.js';
import type { Calibration } from '../../src/models/calibration.js';
import type { DeciderSettings, DeciderState } from '../../src/signals/decider.js';
import { LEFT_OUT, type EnsembleInput, type Member } from '../../src/signals/ensemble.js';
import type { Evidence } from '../../src/signals/lineage.js';
import type { ModelOutput } from '../../src/signals/model-output.js';
import type { PatternNeighbour } from '../../src/signals/pattern-part.js';
import { ABSENCES, type Direction } from '../../src/signals/signal.js';
import { TECHNICAL_COLUMNS } from '../../src/signals/technical.js';
import { evenNumber } from '../support/even-numbers.js';

export const anySettings: fc.Arbitrary<DeciderSettings> = fc.record({
  tenantId: fc.constant('blue'),
  strategy: fc.constant('hybrid-1'),
  symbol: fc.constantFrom('EURUSD', 'EURGBP', 'XAUUSD'),
  timeframe: fc.constantFrom('M1' as const, 'M15' as const),
  // Low, so that most closes decide something.
  thresholds: fc.record({ strong: evenNumber(30, 90), moderate: evenNumber(0, 60) }),
});

export const anyState: fc.Arbitrary<DeciderState> = fc.record({
  time: fc.constant(0),
  above: fc.constantFrom('BUY' as const, 'SELL' as const, 'NONE' as const, 'NONE' as const),
});

const price = evenNumber(0.5, 2);
const odd = fc.constantFrom(-0, 0, 1e-300, Number.MIN_VALUE, 0.1 + 0.2);
const technical = fc
  .tuple(...TECHNICAL_COLUMNS.map(() => fc.oneof({ weight: 9, arbitrary: price }, { weight: 1, arbitrary: odd })))
  .chain((values) =>
    fc
      .subarray([...TECHNICAL_COLUMNS], { minLength: 6 })
      .map((kept) =>
        Object.fromEntries(TECHNICAL_COLUMNS.flatMap((name, at) => (kept.includes(name) ? [[name, values[at]]] : []))),
      ),
  );

const probability = evenNumber(0, 1);
const calibration: fc.Arbitrary<Calibration> = fc.oneof(
  fc.constant({ kind: 'as is' } as const),
  fc.record({ kind: fc.constant('platt' as const), slope: evenNumber(-0.1, 3), offset: evenNumber(-1, 1) }),
  fc.uniqueArray(probability, { minLength: 1, maxLength: 8 }).chain((from) =>
    fc.array(probability, { minLength: from.length, maxLength: from.length }).map((to) => ({
      kind: 'isotonic' as const,
      from: [...from].sort((a, b) => a - b),
      to: [...to].sort((a, b) => a - b),
    })),
  ),
);
const output: fc.Arbitrary<ModelOutput> = fc.oneof(
  fc.tuple(probability, probability).map(([BUY, rest]) => ({ kind: 'sides' as const, BUY, SELL: rest * (1 - BUY) })),
  fc
    .array(evenNumber(-2, 2), { minLength: 5, maxLength: 5 })
    .map((values) => ({ kind: 'quantiles' as const, levels: [0.05, 0.25, 0.5, 0.75, 0.95], values })),
  fc.constant({ kind: 'sides' as const, BUY: Number.NaN, SELL: 0.2 }),
);
const gate = fc.constantFrom(null, null, null, 1, 5, Number.NaN, Number.POSITIVE_INFINITY);
const named = { version: fc.constantFrom('1', '2026-11'), adviser: fc.boolean() };
const member: fc.Arbitrary<Omit<Member, 'model'>> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ ...named, leftOut: fc.constantFrom(...LEFT_OUT) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...named,
      output,
      accuracy: probability,
      calibration,
      outlier: gate,
      outlierMost: gate,
      expiresAtMs: fc.constantFrom(null, null, 1, 2e12),
    }),
  },
);
const models: fc.Arbitrary<EnsembleInput> = fc.record({
  atMs: fc.constant(1e12),
  members: fc
    .array(member, { maxLength: 4 })
    .map((members) => members.map((one, at) => ({ ...one, model: ['lstm', 'trees', 'cnn', 'own'][at] }) as Member)),
  calibrations: fc.array(fc.record({ models: fc.subarray(['lstm', 'trees', 'cnn', 'own'], { minLength: 1 }), calibration }), {
    maxLength: 4,
  }),
});

function neighboursOf({ symbol, timeframe }: DeciderSettings): fc.Arbitrary<PatternNeighbour[]> {
  const one = fc.record({
    id: fc.uuid(),
    timeframe: fc.constantFrom(timeframe, timeframe, timeframe, 'D1' as const),
    symbolClass: fc.constantFrom<string>(symbolClassOf(symbol), symbolClassOf(symbol), 'another'),
    direction: fc.constantFrom<Direction>('BUY', 'SELL'),
    trades: fc.integer({ min: 0, max: 40 }),
    wins: fc.integer({ min: 0, max: 40 }),
    certainty: evenNumber(0.6, 1),
    // What the store keeps beside it, and the lineage does not.
    counted: fc.constant(['a', 'b']),
  });
  return fc
    .uniqueArray(one, { maxLength: 16, selector: ({ id }) => id })
    .map((all) =>
      all.map(({ certainty, wins, ...item }) => ({ certainty, item: { ...item, wins: Math.min(wins, item.trades) } })),
    );
}

const silent = fc.record({ absent: fc.constantFrom(...ABSENCES) });

export function anyEvidence(settings: DeciderSettings): fc.Arbitrary<Evidence> {
  return fc.record({
    time: fc.integer({ min: 1, max: 2_000_000 }).map((minute) => minute * 60_000),
    close: price,
    values: technical,
    stops: fc.record({ atr: evenNumber(0.0001, 0.01), regime: fc.constantFrom(undefined, ...REGIMES) }),
    models: fc.oneof({ weight: 4, arbitrary: models }, { weight: 1, arbitrary: silent }),
    neighbours: fc.oneof({ weight: 4, arbitrary: neighboursOf(settings) }, { weight: 1, arbitrary: silent }),
    live: fc.record({ BUY: fc.boolean(), SELL: fc.boolean() }),
  });
}
