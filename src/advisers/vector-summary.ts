/**
 * What an adviser is told of one candle: figures of one symbol and timeframe that know no scale. Nothing of tenants, accounts or
 * trades is in it, because nothing of them is in a vector. Pure.
 */
import type { CatalogueVector } from '../features/feature-stream.js';
import { placeOf } from '../indicators/registry.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';

export interface VectorSummary {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** End of the candle, UTC ms. */
  readonly atMs: number;
  /** By name; those that are not ready are left out. */
  readonly figures: Readonly<Record<string, number>>;
}

/** Told as they are. */
const PLAIN = [
  'rsi_14',
  'stoch_k',
  'cci_20',
  'adx',
  'plus_di',
  'minus_di',
  'supertrend_dir',
  'bb_percent',
  'natr_14',
  'zscore_20',
  'percent_rank_100',
] as const;
/** Prices: told as their distance from the close, in ranges. */
const LEVELS = ['ema_20', 'ema_50', 'ema_200', 'bb_upper', 'bb_lower', 'pivot_p'] as const;
/** In units of price: told in ranges. */
const DIFFERENCES = ['macd_hist', 'mom_10', 'linreg_slope'] as const;

/** Five digits say more than any of it means, and cost little. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

/** Undefined while the range of a candle is not known: then no figure has a scale. */
export function vectorSummary({ candle, values }: CatalogueVector): VectorSummary | undefined {
  const { symbol, timeframe, time, close } = candle;
  const at = (column: string): number => values[placeOf(column)] ?? Number.NaN;
  const range = at('atr_14');
  if (!(range > 0)) return undefined;
  const told: readonly (readonly [string, number])[] = [
    ...PLAIN.map((name) => [name, at(name)] as const),
    ...LEVELS.map((name) => [`close_minus_${name}_in_atr`, (close - at(name)) / range] as const),
    ...DIFFERENCES.map((name) => [`${name}_in_atr`, at(name) / range] as const),
  ];
  const figures = told.filter(([, value]) => Number.isFinite(value)).map(([name, value]) => [name, rounded(value)] as const);
  return { symbol, timeframe, atMs: time + TIMEFRAME_MS[timeframe], figures: Object.fromEntries(figures) };
}
