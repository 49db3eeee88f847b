/**
 * The highest and the lowest of the last N prices together, for those who need not know when they came (`window-extreme.ts`
 * tells that too). Built as `window-sum.ts` is, with the larger and the smaller in place of the sum: a tail's extreme and the
 * head's make the window's.
 *
 * A number that is handed to a function or back lies on the heap, unless the compiler makes the function part of its caller,
 * and it does not always do that for one as long as `advance`. So prices come and go by accessors, which are short.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const FULL = 1;
const HEAD_HIGHEST = 2;
const HEAD_LOWEST = 3;
const HIGHEST = 4;
const LOWEST = 5;
/** The next candle's. */
const HIGH = 6;
const LOW = 7;
const SLOTS = 8;

export class WindowRange implements StreamingPart {
  /** SLOTS holds `period` highs, turned to the highest of tails, then `period` lows, turned to the lowest of tails. */
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + 2 * period);
  }

  /** The candle that `advance` takes in. */
  set high(price: number) {
    this.cells[HIGH] = price;
  }

  set low(price: number) {
    this.cells[LOW] = price;
  }

  /** NaN until there are `period` candles, as is the lowest. */
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
    // An integer to the engine too, which else would work out places as doubles.
    const before = state[COUNT] | 0;
    const count = before + 1;
    let highest = state[HIGH];
    let lowest = state[LOW];
    state[SLOTS + before] = highest;
    state[SLOTS + period + before] = lowest;
    if (before > 0) {
      if (state[HEAD_HIGHEST] > highest) highest = state[HEAD_HIGHEST];
      if (state[HEAD_LOWEST] < lowest) lowest = state[HEAD_LOWEST];
    }
    if (count === period) {
      state[HIGHEST] = highest;
      state[LOWEST] = lowest;
      this.#turn();
      return true;
    }
    state[COUNT] = count;
    state[HEAD_HIGHEST] = highest;
    state[HEAD_LOWEST] = lowest;
    const full = state[FULL] === 1;
    if (full) {
      const tailHighest = state[SLOTS + count] as number;
      const tailLowest = state[SLOTS + period + count] as number;
      if (tailHighest > highest) highest = tailHighest;
      if (tailLowest < lowest) lowest = tailLowest;
    }
    state[HIGHEST] = full ? highest : Number.NaN;
    state[LOWEST] = full ? lowest : Number.NaN;
    return full;
  }

  #turn(): void {
    const state = this.cells;
    const { period } = this;
    let highest = Number.NEGATIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    for (let at = SLOTS + period - 1; at >= SLOTS; at--) {
      const high = state[at] as number;
      const low = state[at + period] as number;
      if (high > highest) highest = high;
      if (low < lowest) lowest = low;
      state[at] = highest;
      state[at + period] = lowest;
    }
    state[COUNT] = 0;
    state[FULL] = 1;
  }
}
