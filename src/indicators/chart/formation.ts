import { cells, type StreamingPart } from '../streaming-indicator.js';
import type { CandleInput } from '../indicator.js';
import { LINES, LOWER, LOWER_SLOPE, UPPER, UPPER_SLOPE } from './corridor.js';
import type { SwingChain } from '../parts/swing-chain.js';

/** The fewest and the most candles from a formation's first swing to the close that confirms it. */
export const SPAN_LEAST = 20;
export const SPAN_MOST = 120;

/** 1 while a close beyond a line is waited for. */
const WATCHED = 0;
/** Candles of its first and newest swing, and the last candle that may confirm it. */
const FIRST = 1;
const LAST = 2;
const UNTIL = 3;
/** The newest swing's price. Lines are kept relative to it and to its candle. */
const ANCHOR = 4;
/** 1 where only a close above confirms, −1 where only one below does, 0 where either does. */
const SIDE = 5;
const MARGIN = 6;
/** The newest swing of the formation that was confirmed last: a later one begins there at the earliest. */
const DONE = 7;
const LINES_FROM = 8;
/** How many candles after its newest swing it may be confirmed. */
export const AHEAD = 12;

/** A pattern's newest formation, watched until a close leaves it between its swings' lines no more. */
export class Formation implements StreamingPart {
  readonly cells = cells(16);
  /** The two lines that are watched, as a corridor has them. */
  readonly lines = this.cells.subarray(LINES_FROM, LINES_FROM + LINES);

  constructor(readonly swings: SwingChain) {}

  /** Whether a formation whose first swing is the one `back` before the newest has no swing within the one confirmed before. */
  isLaterThanDone(back: number): boolean {
    return (this.swings.candles[back] as number) >= this.cells[DONE];
  }

  /**
   * Has the one watched that begins `back` swings before the newest, and whose `lines` have been drawn: until a close is beyond
   * one of them by so many `ranges`, and for as many candles after the newest swing as are set.
   */
  watch(back: number, side: number, ranges: number): void {
    const state = this.cells;
    const { candles, prices, range } = this.swings;
    state[WATCHED] = 1;
    state[FIRST] = candles[back] as number;
    state[LAST] = candles[0] as number;
    state[UNTIL] = Math.min(state[LAST] + state[AHEAD], state[FIRST] + SPAN_MOST - 1);
    state[ANCHOR] = prices[0] as number;
    state[SIDE] = side;
    state[MARGIN] = ranges * range;
  }

  /** The newest swing is no longer where it was: a formation that ended there is none. */
  forgetMoved(): void {
    if (this.cells[LAST] === this.swings.left) this.cells[WATCHED] = 0;
  }

  /** 100 or −100 where this close confirms the formation, else 0. */
  confirm(candle: CandleInput): number {
    const state = this.cells;
    if (state[WATCHED] === 0) return 0;
    const { lines } = this;
    const { count } = this.swings;
    const ahead = count - state[LAST];
    const price = candle.close - state[ANCHOR];
    let beyond = 0;
    if (price > (lines[UPPER] as number) + (lines[UPPER_SLOPE] as number) * ahead + state[MARGIN]) beyond = 1;
    else if (price < (lines[LOWER] as number) + (lines[LOWER_SLOPE] as number) * ahead - state[MARGIN]) beyond = -1;
    if (beyond === 0 && count < state[UNTIL]) return 0;
    state[WATCHED] = 0;
    if (beyond === 0 || count > state[UNTIL] || beyond === -state[SIDE]) return 0;
    if (count - state[FIRST] + 1 < SPAN_LEAST) return 0;
    state[DONE] = state[LAST];
    return 100 * beyond;
  }
}
