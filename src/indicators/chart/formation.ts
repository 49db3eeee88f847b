import { cells, type StreamingPart } from '../streaming-indicator.js';
import type { CandleInput } from '../indicator.js';
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
const UPPER = 5;
const UPPER_SLOPE = 6;
const LOWER = 7;
const LOWER_SLOPE = 8;
/** 1 where only a close above confirms, −1 where only one below does, 0 where either does. */
const SIDE = 9;
const MARGIN = 10;
/** The newest swing of the formation that was confirmed last: a later one begins there at the earliest. */
const DONE = 11;

/** A pattern's newest formation, watched until a close leaves it between its swings' lines no more. */
export class Formation implements StreamingPart {
  readonly cells = cells(16);

  constructor(readonly swings: SwingChain) {}

  /** Whether a formation whose first swing is the one `back` before the newest has no swing within the one confirmed before. */
  isLaterThanDone(back: number): boolean {
    return this.swings.at(back) >= this.cells[DONE];
  }

  /** A formation that begins `back` swings before the newest; `upperLine` and `lowerLine` are to follow. `ahead`: candles it may yet take. */
  watch(back: number, side: number, ahead: number, margin: number): void {
    const state = this.cells;
    const { swings } = this;
    state[WATCHED] = 1;
    state[FIRST] = swings.at(back);
    state[LAST] = swings.at(0);
    state[UNTIL] = Math.min(state[LAST] + ahead, state[FIRST] + SPAN_MOST - 1);
    state[ANCHOR] = swings.price(0);
    state[SIDE] = side;
    state[MARGIN] = margin;
  }

  upperLine(offset: number, slope: number): void {
    this.cells[UPPER] = offset;
    this.cells[UPPER_SLOPE] = slope;
  }

  lowerLine(offset: number, slope: number): void {
    this.cells[LOWER] = offset;
    this.cells[LOWER_SLOPE] = slope;
  }

  /** The newest swing is no longer where it was: a formation that ended there is none. */
  forgetMoved(): void {
    if (this.cells[LAST] === this.swings.left) this.cells[WATCHED] = 0;
  }

  /** 100 or −100 where this close confirms the formation, else 0. */
  confirm(candle: CandleInput): number {
    const state = this.cells;
    if (state[WATCHED] === 0) return 0;
    const { count } = this.swings;
    const ahead = count - state[LAST];
    const price = candle.close - state[ANCHOR];
    let beyond = 0;
    if (price > state[UPPER] + state[UPPER_SLOPE] * ahead + state[MARGIN]) beyond = 1;
    else if (price < state[LOWER] + state[LOWER_SLOPE] * ahead - state[MARGIN]) beyond = -1;
    if (beyond === 0 && count < state[UNTIL]) return 0;
    state[WATCHED] = 0;
    if (beyond === 0 || count > state[UNTIL] || beyond === -state[SIDE]) return 0;
    if (count - state[FIRST] + 1 < SPAN_LEAST) return 0;
    state[DONE] = state[LAST];
    return 100 * beyond;
  }
}
