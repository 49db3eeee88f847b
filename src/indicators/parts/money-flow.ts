import type { CandleInput } from '../indicator.js';

/** The volume, signed and weighted by where in the candle's range it closed: all of it at the high, none in the middle. */
export function moneyFlow(candle: CandleInput): number {
  const { high, low, close } = candle;
  const range = high - low;
  return range > 0 ? ((close - low - (high - close)) / range) * candle.volume : 0;
}
