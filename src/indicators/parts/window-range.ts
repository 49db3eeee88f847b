/**
 * The highest and the lowest of the last N prices together, for short windows: only when an extreme leaves are the N gone
 * through again, at most once per candle and side. `window-extreme.ts` never goes through more than it was given and tells
 * ages too, but keeps a queue for each side.
 *
 * A number that is handed to a function or back lies on the heap, unless the compiler makes the function part of its caller,
 * and it does not always do that for one as long as `advance`. So prices come and go by accessors, which are short.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

/** Candles seen, at most `period`. */
const COUNT = 0;
/** The slot that the next candle takes, which is the oldest's. */
const NEXT = 1;
const HIGHEST = 2;
const HIGHEST_SLOT = 3;
const LOWEST = 4;
const LOWEST_SLOT = 5;
/** The next candle's. */
const HIGH = 6;
const LOW = 7;
/** SLOTS holds `period` highs, then `period` lows. */
const SLOTS = 8;

export class WindowRange implements StreamingPart {
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(Math.max(16, SLOTS + 2 * period));
  }

  /** The candle that `advance` takes in. */
  set high(price: number) {
    this.cells[HIGH] = price;
  }

  set low(price: number) {
    this.cells[LOW] = price;
  }

  get highest(): number {
    return this.cells[HIGHEST];
  }

  get lowest(): number {
    return this.cells[LOWEST];
  }

  /** True once the window is full: `highest` and `lowest` are then those of the last `period`. */
  advance(): boolean {
    const state = this.cells;
    const { period } = this;
    const slot = state[NEXT];
    const high = state[HIGH];
    const low = state[LOW];
    const first = state[COUNT] === 0;
    state[NEXT] = slot + 1 === period ? 0 : slot + 1;
    state[SLOTS + slot] = high;
    state[SLOTS + period + slot] = low;
    if (first || high >= state[HIGHEST]) {
      state[HIGHEST] = high;
      state[HIGHEST_SLOT] = slot;
    } else if (state[HIGHEST_SLOT] === slot) this.#findHighest();
    if (first || low <= state[LOWEST]) {
      state[LOWEST] = low;
      state[LOWEST_SLOT] = slot;
    } else if (state[LOWEST_SLOT] === slot) this.#findLowest();
    if (state[COUNT] === period) return true;
    state[COUNT] += 1;
    return state[COUNT] === period;
  }

  #findHighest(): void {
    const state = this.cells;
    let highest = Number.NEGATIVE_INFINITY;
    let slot = 0;
    for (let at = 0; at < this.period; at++) {
      const high = state[SLOTS + at] as number;
      if (high < highest) continue;
      highest = high;
      slot = at;
    }
    state[HIGHEST] = highest;
    state[HIGHEST_SLOT] = slot;
  }

  #findLowest(): void {
    const state = this.cells;
    const lows = SLOTS + this.period;
    let lowest = Number.POSITIVE_INFINITY;
    let slot = 0;
    for (let at = 0; at < this.period; at++) {
      const low = state[lows + at] as number;
      if (low > lowest) continue;
      lowest = low;
      slot = at;
    }
    state[LOWEST] = lowest;
    state[LOWEST_SLOT] = slot;
  }
}
