import type { CandleInput } from '../../../src/indicators/indicator.js';
import { atrOf, emaOf, ratio, type ReferenceColumns, type Series, trOf, wilderSum, ZERO } from './series.js';

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

export function trendReference(candles: readonly CandleInput[]): ReferenceColumns {
  const closes = candles.map(({ close }) => close);
  return { ...macdOf(closes), ...adxOf(candles, 14), ...supertrendOf(candles) };
}
