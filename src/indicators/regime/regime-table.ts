/**
 * The one table by which a candle is given its regime: rows are tried from above, the first whose conditions all hold wins, and
 * the last has none, so every candle gets one regime and only one.
 *
 * The thresholds are the usual ones: an adx of 25 is a trend and of 35 a strong one, an rsi beyond 70 or 30 a move that has run
 * far. Bands and ranges are judged by their rank among the last hundred: what is narrow or wide, the symbol and timeframe say
 * themselves. A trend that has run far comes before trends; so do bands that burst open while the price is pushed one way and
 * there is no trend yet; what has no trend is first told by its swings, very large or very small, then by its bands.
 */
import { REGIMES, type Regime } from './regimes.js';

/** What the table reads: `lead` is plus_di − minus_di, `width` and `swing` the ranks (0..1) of bb_width and of atr_14 over 100. */
export const REGIME_MEASURES = ['adx', 'lead', 'width', 'swing', 'rsi'] as const;

export type RegimeMeasure = (typeof REGIME_MEASURES)[number];

export type Comparison = '≥' | '≤' | '>' | '<';

export type RegimeCondition = readonly [measure: RegimeMeasure, comparison: Comparison, threshold: number];

export interface RegimeRow {
  readonly regime: Regime;
  readonly when: readonly RegimeCondition[];
}

const row = (regime: Regime, ...when: RegimeCondition[]): RegimeRow => ({ regime, when });

export const REGIME_TABLE: readonly RegimeRow[] = [
  row('TREND_UP_EXHAUSTING', ['adx', '≥', 25], ['lead', '>', 0], ['rsi', '≥', 70]),
  row('TREND_DOWN_EXHAUSTING', ['adx', '≥', 25], ['lead', '<', 0], ['rsi', '≤', 30]),
  row('BREAKOUT_UP', ['adx', '<', 25], ['lead', '>', 0], ['width', '≥', 0.8], ['rsi', '≥', 60]),
  row('BREAKOUT_DOWN', ['adx', '<', 25], ['lead', '<', 0], ['width', '≥', 0.8], ['rsi', '≤', 40]),
  row('TREND_UP_STRONG', ['adx', '≥', 35], ['lead', '>', 0]),
  row('TREND_DOWN_STRONG', ['adx', '≥', 35], ['lead', '<', 0]),
  row('TREND_UP_WEAK', ['adx', '≥', 25], ['lead', '>', 0]),
  row('TREND_DOWN_WEAK', ['adx', '≥', 25], ['lead', '<', 0]),
  row('VOLATILE', ['swing', '≥', 0.9]),
  row('QUIET', ['swing', '≤', 0.1]),
  row('RANGE_TIGHT', ['width', '<', 0.5]),
  row('RANGE_WIDE'),
];

/** The table as a tally of numbers, which is quick to go through: per condition a place, a comparison and a threshold. */
const COMPARISONS: readonly Comparison[] = ['≥', '≤', '>', '<'];
const CODES = Int32Array.from(REGIME_TABLE, ({ regime }) => REGIMES.indexOf(regime));
/** Per row, where its conditions end; the next row's begin there. */
const ENDS = Int32Array.from(REGIME_TABLE, (_, at) => REGIME_TABLE.slice(0, at + 1).flatMap(({ when }) => when).length);
const CONDITIONS = REGIME_TABLE.flatMap(({ when }) => when);
const PLACES = Int32Array.from(CONDITIONS, ([measure]) => REGIME_MEASURES.indexOf(measure));
const KINDS = Int32Array.from(CONDITIONS, ([, comparison]) => COMPARISONS.indexOf(comparison));
const THRESHOLDS = Float64Array.from(CONDITIONS, ([, , threshold]) => threshold);

/** The code of the first row that fits these measures, given in the order of `REGIME_MEASURES`. */
export function classifyRegime(measures: Float64Array): number {
  let condition = 0;
  for (let at = 0; at < CODES.length; at++) {
    const end = ENDS[at] as number;
    while (condition < end && holds(condition, measures)) condition += 1;
    if (condition === end) return CODES[at] as number;
    condition = end;
  }
  return CODES[CODES.length - 1] as number;
}

function holds(condition: number, measures: Float64Array): boolean {
  const value = measures[PLACES[condition] as number] as number;
  const threshold = THRESHOLDS[condition] as number;
  const kind = KINDS[condition];
  if (kind === 0) return value >= threshold;
  if (kind === 1) return value <= threshold;
  return kind === 2 ? value > threshold : value < threshold;
}

/** A row's conditions as a page shows them. */
export function regimeRowText({ when }: RegimeRow): string {
  return when.length === 0 ? 'else' : when.map((condition) => condition.join(' ')).join(' and ');
}
