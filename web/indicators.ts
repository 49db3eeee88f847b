/** Lines over candles, for the eye: worked out from the candles that are shown. What decisions read is in the features. */
import type { CandleRow } from './answers.js';

export interface Point {
  readonly time: number;
  readonly value: number;
}

/** Exponential mean of the closes, begun with the plain mean of the first `length`. */
export function ema(candles: readonly CandleRow[], length: number): readonly Point[] {
  if (candles.length < length) return [];
  const weight = 2 / (length + 1);
  let value = candles.slice(0, length).reduce((sum, { close }) => sum + close, 0) / length;
  return candles.slice(length - 1).map(({ time, close }, at) => {
    if (at > 0) value += weight * (close - value);
    return { time, value };
  });
}

/** Mean of the last closes, and so many deviations above and below it. */
export function bands(
  candles: readonly CandleRow[],
  length: number,
  deviations: number,
): readonly [readonly Point[], readonly Point[]] {
  const upper: Point[] = [];
  const lower: Point[] = [];
  for (let end = length; end <= candles.length; end += 1) {
    const closes = candles.slice(end - length, end).map(({ close }) => close);
    const mean = closes.reduce((sum, close) => sum + close, 0) / length;
    const spread = deviations * Math.sqrt(closes.reduce((sum, close) => sum + (close - mean) ** 2, 0) / length);
    const { time } = candles[end - 1] as CandleRow;
    upper.push({ time, value: mean + spread });
    lower.push({ time, value: mean - spread });
  }
  return [upper, lower];
}
