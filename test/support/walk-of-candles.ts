import type { Candle } from '../../src/market/candle.js';
import { TIMEFRAME_MS, type Timeframe } from '../../src/market/timeframe.js';
import { PRICE_PATHS } from './price-paths.js';

const MONDAY_MS = Date.UTC(2026, 0, 5);

/** Candles of a seeded random walk, without gaps from a Monday on. */
export function walkOfCandles(symbol: string, timeframe: Timeframe, count: number, seed = 1): Candle[] {
  const walk = PRICE_PATHS['a random walk']?.(count, seed) ?? [];
  return walk.map((candle, at) => ({
    ...candle,
    symbol,
    timeframe,
    time: MONDAY_MS + at * TIMEFRAME_MS[timeframe],
    spread: 0.0001,
    gapBefore: 0,
  }));
}
