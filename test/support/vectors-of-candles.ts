import { FeatureStream } from '../../src/features/feature-stream.js';
import type { Candle } from '../../src/market/candle.js';
import { TIMEFRAME_MS } from '../../src/market/timeframe.js';

/** The catalogue's vectors of candles of one symbol and timeframe; other symbols are not there. */
export function vectorsOfCandles(candles: readonly Candle[]): Float64Array[] {
  const [first] = candles;
  if (first === undefined) return [];
  const stream = new FeatureStream({
    symbol: first.symbol,
    spanMs: TIMEFRAME_MS[first.timeframe],
    closeBefore: () => Number.NaN,
  });
  return candles.map((candle) => stream.update(candle).values);
}
