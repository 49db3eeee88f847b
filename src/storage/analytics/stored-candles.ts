import { LIMITS } from '../../limits.js';
import type { AnalyticsStore } from './analytics.js';
import { CANDLES } from './queries/market.js';
import { TenantKey } from './tenant-key.js';

/** Each start in milliseconds, open, high, low, close, volume, spread. */
export type CandleNumbers = readonly number[];

/** A query is always of a tenant; candles are the market's, and the same for every one. */
const NOBODY = TenantKey.of('nobody');
/** The last instant that the engine's time has. */
const END_MS = Date.UTC(2200, 0, 1);

/** Pages of a symbol's M1 candles from an instant on, in the order of time. */
export function storedCandles(
  store: Pick<AnalyticsStore, 'query'>,
): (symbol: string, fromMs: number) => Promise<readonly CandleNumbers[]> {
  return async (symbol, fromMs) => {
    const parameters = { symbol, timeframe: 'M1', fromMs, toMs: END_MS, limit: LIMITS.training.pageRows };
    const rows = await store.query(NOBODY, CANDLES, parameters);
    return rows.map(({ timeMs, open, high, low, close, volume, spread }) => [timeMs, open, high, low, close, volume, spread]);
  };
}
