/**
 * The mean of the last N numbers to within a rounding or two of its last digit, for differences of means: those keep as a
 * large part what a plain sum of prices rounds off. Built as `window-sum.ts` is; each of the two sides is summed relative to
 * a number of its own that stays in the window as long as the side does (see `window-moments.ts`).
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const FULL = 1;
const HEAD_ORIGIN = 2;
const HEAD = 3;
const TAIL_ORIGIN = 4;
const SLOTS = 5;

export class WindowMean implements StreamingPart {
  /** SLOTS holds `period` numbers, turned to sums of tails. */
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + period);
  }

  /** The mean of the last `period` numbers, NaN until there are so many. */
  update(value: number): number {
    const state = this.cells;
    const { period } = this;
    const before = state[COUNT] | 0;
    const count = before + 1;
    if (before === 0) state[HEAD_ORIGIN] = value;
    const origin = state[HEAD_ORIGIN];
    const head = state[HEAD] + (value - origin);
    state[SLOTS + before] = value;
    if (count === period) {
      this.#turn();
      return origin + head / period;
    }
    state[COUNT] = count;
    state[HEAD] = head;
    if (state[FULL] === 0) return Number.NaN;
    const tailOrigin = state[TAIL_ORIGIN];
    return tailOrigin + ((state[SLOTS + count] as number) + head + (origin - tailOrigin) * count) / period;
  }

  #turn(): void {
    const state = this.cells;
    const origin = state[SLOTS + this.period - 1] as number;
    let sum = 0;
    for (let at = SLOTS + this.period - 1; at >= SLOTS; at--) {
      sum += (state[at] as number) - origin;
      state[at] = sum;
    }
    state[TAIL_ORIGIN] = origin;
    state[COUNT] = 0;
    state[FULL] = 1;
    state[HEAD] = 0;
  }
}
