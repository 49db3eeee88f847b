/** What the definitions are written in: plain recomputation over whole series, sharing no code with src/indicators. */
import type { CandleInput } from '../../../src/indicators/indicator.js';

export type Series = readonly number[];

export const mean = (values: Series): number => {
  const origin = values[0] as number;
  return origin + values.reduce((sum, value) => sum + (value - origin), 0) / values.length;
};

export const variance = (values: Series): number => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length;
};

export const ZERO = 1e-14;
export const ratio = (top: number, bottom: number): number => (Math.abs(bottom) < ZERO ? 0 : top / bottom);

export function windows(values: Series, period: number, of: (window: Series) => number): number[] {
  return values.map((_, at) => (at + 1 < period ? Number.NaN : of(values.slice(at + 1 - period, at + 1))));
}

/** An average that starts at `from` as the mean of the `period` values up to there, then moves by `weight`. */
export function smoothed(values: Series, period: number, from: number, weight: number): number[] {
  const line: number[] = values.map(() => Number.NaN);
  for (let at = from; at < values.length; at++) {
    const before = line[at - 1] as number;
    line[at] =
      at === from ? mean(values.slice(from + 1 - period, from + 1)) : before + weight * ((values[at] as number) - before);
  }
  return line;
}

export const emaOf = (values: Series, period: number, from = period - 1): number[] =>
  smoothed(values, period, from, 2 / (period + 1));

export function trOf(candles: readonly CandleInput[]): number[] {
  return candles.map(({ high, low }, at) => {
    if (at === 0) return Number.NaN;
    const before = (candles[at - 1] as CandleInput).close;
    return Math.max(high, before) - Math.min(low, before);
  });
}

export const atrOf = (candles: readonly CandleInput[], period: number): number[] =>
  smoothed(trOf(candles), period, period, 1 / period);

/** Columns by name, each with a value per candle, NaN where there is none. */
export type ReferenceColumns = Readonly<Record<string, Series>>;

export function named(prefix: string, periods: readonly number[], of: (period: number) => number[]): Record<string, number[]> {
  return Object.fromEntries(periods.map((period) => [`${prefix}_${period}`, of(period)]));
}

/** Wilder's running sum: the first `period` − 1 values added, then each time less a `period`-th of itself plus the new value. */
export function wilderSum(values: Series, period: number): number[] {
  const sums: number[] = values.map(() => Number.NaN);
  let sum = 0;
  for (let at = 1; at < values.length; at++) {
    sum = at < period ? sum + (values[at] as number) : sum * (1 - 1 / period) + (values[at] as number);
    if (at >= period) sums[at] = sum;
  }
  return sums;
}

/** The candles of each UTC day. */
export function days(candles: readonly CandleInput[]): CandleInput[][] {
  const dayOf = ({ time }: CandleInput): string => new Date(time).toISOString().slice(0, 10);
  const found: CandleInput[][] = [];
  candles.forEach((candle, at) => {
    const before = candles[at - 1];
    if (before === undefined || dayOf(before) !== dayOf(candle)) found.push([]);
    found.at(-1)?.push(candle);
  });
  return found;
}
