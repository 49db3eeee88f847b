/**
 * The catalogue's definitions, written as whole-series recomputation: for each column, all its values at once, by the
 * plainest reading of the definition and no state carried between candles beyond what the definition itself recurs on.
 * Slow on purpose, and sharing no code with src/indicators.
 */
import type { CandleInput } from '../../src/indicators/indicator.js';

type Series = readonly number[];

const mean = (values: Series): number => {
  const origin = values[0] as number;
  return origin + values.reduce((sum, value) => sum + (value - origin), 0) / values.length;
};

const variance = (values: Series): number => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length;
};

const ZERO = 1e-14;
const ratio = (top: number, bottom: number): number => (Math.abs(bottom) < ZERO ? 0 : top / bottom);

function windows(values: Series, period: number, of: (window: Series) => number): number[] {
  return values.map((_, at) => (at + 1 < period ? Number.NaN : of(values.slice(at + 1 - period, at + 1))));
}

/** An average that starts at `from` as the mean of the `period` values up to there, then moves by `weight`. */
function smoothed(values: Series, period: number, from: number, weight: number): number[] {
  const line: number[] = values.map(() => Number.NaN);
  for (let at = from; at < values.length; at++) {
    const before = line[at - 1] as number;
    line[at] =
      at === from ? mean(values.slice(from + 1 - period, from + 1)) : before + weight * ((values[at] as number) - before);
  }
  return line;
}

const emaOf = (values: Series, period: number, from = period - 1): number[] => smoothed(values, period, from, 2 / (period + 1));

function trOf(candles: readonly CandleInput[]): number[] {
  return candles.map(({ high, low }, at) => {
    if (at === 0) return Number.NaN;
    const before = (candles[at - 1] as CandleInput).close;
    return Math.max(high, before) - Math.min(low, before);
  });
}

const atrOf = (candles: readonly CandleInput[], period: number): number[] => smoothed(trOf(candles), period, period, 1 / period);

function rsiOf(closes: Series, period: number): number[] {
  const changes = closes.map((close, at) => (at === 0 ? Number.NaN : close - (closes[at - 1] as number)));
  const gains = smoothed(
    changes.map((change) => Math.max(change, 0)),
    period,
    period,
    1 / period,
  );
  const losses = smoothed(
    changes.map((change) => Math.max(-change, 0)),
    period,
    period,
    1 / period,
  );
  return closes.map((_, at) =>
    at < period ? Number.NaN : 100 * ratio(gains[at] as number, (gains[at] as number) + (losses[at] as number)),
  );
}

function macdOf(closes: Series): Record<string, number[]> {
  const slow = emaOf(closes, 26);
  const fast = emaOf(closes, 12, 25);
  const line = closes.map((_, at) => (fast[at] as number) - (slow[at] as number));
  const signal = emaOf(line.slice(25), 9);
  const shown = closes.map((_, at) => (at < 33 ? Number.NaN : (signal[at - 25] as number)));
  return {
    macd: line.map((value, at) => (at < 33 ? Number.NaN : value)),
    macd_signal: shown,
    macd_hist: line.map((value, at) => value - (shown[at] as number)),
  };
}

/** Wilder's running sum: the first `period` − 1 values added, then each time less a `period`-th of itself plus the new value. */
function wilderSum(values: Series, period: number): number[] {
  const sums: number[] = values.map(() => Number.NaN);
  let sum = 0;
  for (let at = 1; at < values.length; at++) {
    sum = at < period ? sum + (values[at] as number) : sum * (1 - 1 / period) + (values[at] as number);
    if (at >= period) sums[at] = sum;
  }
  return sums;
}

function adxOf(candles: readonly CandleInput[], period: number): Record<string, number[]> {
  const moves = candles.map((candle, at) => {
    const before = candles[at - 1] ?? candle;
    const up = candle.high - before.high;
    const down = before.low - candle.low;
    return { plus: up > 0 && up > down ? up : 0, minus: down > 0 && down > up ? down : 0 };
  });
  const range = wilderSum(trOf(candles), period);
  const share = (values: Series): number[] => wilderSum(values, period).map((sum, at) => 100 * ratio(sum, range[at] as number));
  const plus = share(moves.map((move) => move.plus));
  const minus = share(moves.map((move) => move.minus));
  const moved = (at: number): boolean => (plus[at] as number) + (minus[at] as number) >= ZERO;
  const dx: number[] = candles.map(() => Number.NaN);
  const adx: number[] = candles.map(() => Number.NaN);
  for (let at = period; at < candles.length; at++) {
    const [p, m] = [plus[at] as number, minus[at] as number];
    dx[at] = moved(at) ? (100 * Math.abs(p - m)) / (p + m) : at === period ? 0 : (dx[at - 1] as number);
    if (at < 2 * period - 1) continue;
    const seed =
      dx.slice(period, 2 * period).reduce((sum, value, place) => sum + (moved(period + place) ? value : 0), 0) / period;
    const before = adx[at - 1] as number;
    adx[at] = at === 2 * period - 1 ? seed : moved(at) ? before + ((dx[at] as number) - before) / period : before;
  }
  const adxr = adx.map((value, at) => (value + (adx[at - period + 1] ?? Number.NaN)) / 2);
  return { adx, adxr, dx, plus_di: plus, minus_di: minus };
}

function supertrendOf(candles: readonly CandleInput[]): Record<string, number[]> {
  const range = atrOf(candles, 10);
  const bands = candles.map(({ high, low }, at) => {
    const middle = (high + low) / 2;
    return { middle, upper: middle + 3 * (range[at] as number), lower: middle - 3 * (range[at] as number) };
  });
  const line: number[] = candles.map(() => Number.NaN);
  const dir: number[] = candles.map(() => Number.NaN);
  for (let at = 10; at < candles.length; at++) {
    const { close } = candles[at] as CandleInput;
    const band = bands[at] as (typeof bands)[number];
    const last = bands[at - 1] as (typeof bands)[number];
    const before = (candles[at - 1] as CandleInput).close;
    if (at > 10) {
      // A band loosens only when the close before broke it.
      if (before <= last.upper) band.upper = Math.min(band.upper, last.upper);
      if (before >= last.lower) band.lower = Math.max(band.lower, last.lower);
      dir[at] = dir[at - 1] === 1 ? (close < band.lower ? -1 : 1) : close > band.upper ? 1 : -1;
    } else dir[at] = close < band.middle ? -1 : 1;
    line[at] = dir[at] === 1 ? band.lower : band.upper;
  }
  return { supertrend: line, supertrend_dir: dir };
}

function bollingerOf(closes: Series): Record<string, number[]> {
  const middle = windows(closes, 20, mean);
  const spread = windows(closes, 20, (window) => Math.sqrt(variance(window)));
  const over = (share: (at: number, middle: number, spread: number) => number): number[] =>
    closes.map((_, at) => share(at, middle[at] as number, spread[at] as number));
  return {
    bb_upper: over((_, m, s) => m + 2 * s),
    bb_middle: middle,
    bb_lower: over((_, m, s) => m - 2 * s),
    bb_width: over((_, m, s) => (4 * s) / m),
    bb_percent: over((at, m, s) => (s === 0 ? 0.5 : 0.5 + ((closes[at] as number) - m) / (4 * s))),
  };
}

/** Every column of the present catalogue over these candles, by name. */
export function referenceColumns(candles: readonly CandleInput[]): Readonly<Record<string, Series>> {
  const closes = candles.map(({ close }) => close);
  const named = (prefix: string, periods: readonly number[], of: (period: number) => number[]): Record<string, number[]> =>
    Object.fromEntries(periods.map((period) => [`${prefix}_${period}`, of(period)]));
  return {
    ...named('sma', [5, 10, 20, 50, 100, 200], (period) => windows(closes, period, mean)),
    ...named('ema', [5, 9, 12, 20, 26, 50, 100, 200], (period) => emaOf(closes, period)),
    ...macdOf(closes),
    ...adxOf(candles, 14),
    ...supertrendOf(candles),
    ...named('rsi', [7, 14, 21], (period) => rsiOf(closes, period)),
    tr: trOf(candles),
    ...named('atr', [7, 14], (period) => atrOf(candles, period)),
    natr_14: atrOf(candles, 14).map((value, at) => (100 * value) / (closes[at] as number)),
    ...bollingerOf(closes),
  };
}
