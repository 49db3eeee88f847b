import type { CandleInput } from '../indicator.js';

export function typicalPrice(candle: CandleInput): number {
  return (candle.high + candle.low + candle.close) / 3;
}
