import type { CandleInput } from '../../../src/indicators/indicator.js';
import { emaOf, mean, named, type ReferenceColumns, windows } from './series.js';

export function averagesReference(candles: readonly CandleInput[]): ReferenceColumns {
  const closes = candles.map(({ close }) => close);
  return {
    ...named('sma', [5, 10, 20, 50, 100, 200], (period) => windows(closes, period, mean)),
    ...named('ema', [5, 9, 12, 20, 26, 50, 100, 200], (period) => emaOf(closes, period)),
  };
}
