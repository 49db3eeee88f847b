import { placeOf } from '../indicators/registry.js';
import type { Candle } from '../market/candle.js';

/** What a model of candles is given of each, in this order; the last is the catalogue's, at that candle's close. */
export const CANDLE_NUMBERS = ['open', 'high', 'low', 'close', 'atr_14'] as const;

const ATR = placeOf('atr_14');

/** `values` are in the catalogue's order; NaN stands for what is not there. */
export function writeCandleNumbers(
  { open = Number.NaN, high = Number.NaN, low = Number.NaN, close = Number.NaN }: Partial<Candle>,
  values: ArrayLike<number>,
  into: Float64Array,
  at = 0,
): void {
  into[at] = open;
  into[at + 1] = high;
  into[at + 2] = low;
  into[at + 3] = close;
  into[at + 4] = values[ATR] as number;
}
