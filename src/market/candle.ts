import type { Timeframe } from './timeframe.js';

/** A closed candle. Final: nothing that comes later changes it. */
export interface Candle {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** Start, UTC milliseconds. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Traded volume, or the feed's count of quotes. */
  readonly volume: number;
  /** Mean of ask − bid in price units, 0 where the source has no ask. */
  readonly spread: number;
  /** Whole candles of this timeframe missing before this one. */
  readonly gapBefore: number;
}
