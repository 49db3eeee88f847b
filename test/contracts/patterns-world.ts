/** Patterns, correlations and strategies for the tests of their store, with places at chosen angles of each other. */
import { seededIds } from '../../src/runtime/ids.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';
import { EMBEDDING } from '../../src/storage/patterns/embedding.js';
import type { Correlation, Pattern, PatternStore, Sighting, Strategy } from '../../src/storage/patterns/patterns.js';

export interface PatternsWorld extends AsyncDisposable {
  readonly store: PatternStore;
  /** The same store as another process would find it after this one has ended. */
  reopened(): Promise<PatternStore>;
}

const ids = seededIds('patterns');
const START = Date.UTC(2026, 2, 2);

export const idOf = (name: string): string => ids.idFor(name, START);

export function randomVector(random: Random): Float32Array {
  return Float32Array.from({ length: EMBEDDING }, () => random.normal());
}

/** Unit vectors at right angles, the n-th of them. */
export function axis(at: number): Float32Array {
  const vector = new Float32Array(EMBEDDING);
  vector[at] = 1;
  return vector;
}

/** A unit vector that has this certainty with axis `from`, away from it towards axis `towards`. */
export function certain(certainty: number, from: number, towards: number): Float32Array {
  const cosine = 2 * certainty - 1;
  const vector = new Float32Array(EMBEDDING);
  vector[from] = cosine;
  vector[towards] = Math.sqrt(1 - cosine * cosine);
  return vector;
}

export function sighting(name: string, change: Partial<Sighting> = {}): Sighting {
  return {
    id: idOf(name),
    type: 'double_top',
    symbol: 'EURUSD',
    symbolClass: 'major',
    timeframe: 'M15',
    direction: 'BUY',
    regime: 'TREND_UP_WEAK',
    confidence: 0.75,
    createdAtMs: START,
    ...change,
  };
}

export function pattern(name: string, change: Partial<Pattern> = {}): Pattern {
  const trades = { trades: 0, wins: 0, profitPips: 0, lastOutcome: '', counted: [] } as const;
  return { ...sighting(name), ...trades, lastSeenAtMs: START, ...change };
}

export function correlation(name: string, change: Partial<Correlation> = {}): Correlation {
  return {
    id: idOf(name),
    symbols: ['EURUSD', 'GBPUSD'],
    strength: -0.625,
    lagMinutes: -15,
    regime: 'QUIET',
    persistence: 0.5,
    updatedAtMs: START,
    ...change,
  };
}

export function strategy(name: string, change: Partial<Strategy> = {}): Strategy {
  return {
    id: idOf(name),
    name: `strategy ${name}`,
    entryConditions: ['score >= 60', 'regime is not VOLATILE'],
    exitConditions: [],
    symbols: ['EURUSD', 'XAUUSD'],
    timeframes: ['M15', 'H1'],
    winRate: 0.5625,
    profitFactor: 1.25,
    sharpeRatio: 0.75,
    maxDrawdown: 0.125,
    trades: 40,
    createdAtMs: START,
    updatedAtMs: START + 1_234,
    wins: 23,
    won: 31.25,
    lost: 25,
    squares: 12.5,
    peak: 7.5,
    counted: [idOf('t1'), idOf('t2')],
    ...change,
  };
}

export function seeded(label: string): Random {
  return seededRandom(`patterns/${label}`);
}
