import type { Candle } from '../../market/candle.js';
import type { Timeframe } from '../../market/timeframe.js';

/**
 * The journal of closed candles: a close is an event, final, and what a restarted node or a restarted actor warms up from.
 * It holds what could be computed again, so an append is not waited for; after `kill -9` at most a torn tail is missing.
 */
export interface CandleJournal {
  append(candle: Candle): void;
  /** Why the newest candles are in memory alone; undefined while all is well. */
  readonly fault: string | undefined;
  /** The newest candles of a symbol and timeframe, oldest first, at most `LIMITS.market.history` of them. */
  recent(symbol: string, timeframe: Timeframe): readonly Candle[];
  newest(symbol: string, timeframe: Timeframe): Candle | undefined;
  /** Close of the symbol's newest candle that starts before `time`, as far as `recent` reaches; NaN where there is none. */
  closeBefore(symbol: string, timeframe: Timeframe, time: number): number;
  /** End of the newest candle of all, undefined while empty. */
  newestEndMs(): number | undefined;
  close(): Promise<void>;
}
