import type { AskedSigns } from '../parts/candle-signs.js';
import type { CandleWindow } from '../parts/candle-window.js';

/** A candle pattern: one column, read off the last few candles. */
export interface CandlePattern {
  readonly name: string;
  readonly definition: string;
  /** As TA-Lib's look-back says, whether or not the pattern looks that far. */
  readonly warmup: number;
  /** Where these are not there, the pattern is not, and has the value 0. */
  readonly asks: AskedSigns;
  /** With the signs given. */
  value(window: CandleWindow): number;
}

/** What the definitions' words mean. */
export const LONG = 'long, short: body over, under the mean body of the 10 candles before it';
export const BARE = 'bare: shadow under 0.1 of the mean range of the 10 candles before it';
export const NEAR = 'near: within 0.2 of the mean range of the 5 candles before';
