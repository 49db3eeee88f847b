import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';
import type { CandleStream } from './indicator.js';

/** A stream beside which no other symbol is known. */
export function loneStream(symbol: string, timeframe: Timeframe): CandleStream {
  return { symbol, spanMs: TIMEFRAME_MS[timeframe], closeBefore: () => Number.NaN };
}
