import { type CatalogueVector, FeatureStream } from '../../src/features/feature-stream.js';
import { loneStream } from '../../src/indicators/candle-stream.js';
import type { Candle } from '../../src/market/candle.js';

/** The catalogue after so many candles of a walk on M1 from time 0, whose prices are all multiplied by `scale`. */
export function walked(scale: number, count: number): CatalogueVector {
  const stream = new FeatureStream(loneStream('EURUSD', 'M1'));
  let close = 1.1;
  let vector: ReturnType<FeatureStream['update']> | undefined;
  for (let at = 0; at < count; at++) {
    const open = close;
    close += 0.0004 * Math.sin(at * 1.7) + 0.0003 * Math.cos(at * 0.31);
    const [high, low] = [Math.max(open, close) + 0.0001, Math.min(open, close) - 0.0001];
    const candle: Candle = {
      symbol: 'EURUSD',
      timeframe: 'M1',
      time: at * 60_000,
      open: open * scale,
      high: high * scale,
      low: low * scale,
      close: close * scale,
      volume: 10,
      spread: 0,
      gapBefore: 0,
    };
    vector = stream.update(candle);
  }
  return vector as NonNullable<typeof vector>;
}
