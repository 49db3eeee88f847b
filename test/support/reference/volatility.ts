import type { CandleInput } from '../../../src/indicators/indicator.js';
import { atrOf, mean, named, type ReferenceColumns, type Series, trOf, variance, windows } from './series.js';

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

export function volatilityReference(candles: readonly CandleInput[]): ReferenceColumns {
  const closes = candles.map(({ close }) => close);
  return {
    tr: trOf(candles),
    ...named('atr', [7, 14], (period) => atrOf(candles, period)),
    natr_14: atrOf(candles, 14).map((value, at) => (100 * value) / (closes[at] as number)),
    ...bollingerOf(closes),
  };
}
