/**
 * Mean and variance (population) of the last N numbers, as exact as two passes over the window would be, in O(1) amortised
 * time. Built as `window-sum.ts` is: tails of the block before, head of the present one, never a subtraction of what left.
 *
 * Each of the two sides keeps its sum and its sum of squares, of deviations from a number of its own that is in the window as
 * long as the side is: the newest of the block before, the oldest of the present one. So flat prices give a variance of
 * exactly zero, and after a jump nothing is measured from a price that is no longer there. And since the number itself is one
 * of the N, its own distance from the mean is part of their variance: the mean's square that is taken off in the end is at
 * most N times what is left, which costs a digit or two of sixteen.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const FULL = 1;
const HEAD_ORIGIN = 2;
const HEAD = 3;
const HEAD_SQUARES = 4;
const TAIL_ORIGIN = 5;
const MEAN = 6;
const VARIANCE = 7;
/** Of the newest value from the mean. */
const DEVIATION = 8;
const SLOTS = 9;

export class WindowMoments implements StreamingPart {
  /** SLOTS holds `period` values, turned to sums of tails, then `period` sums of squares of tails. */
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + 2 * period);
  }

  get mean(): number {
    return this.cells[MEAN];
  }

  /** Of the newest value from the mean; to its own last digits, where `value − mean` would keep only what the mean left it. */
  get deviation(): number {
    return this.cells[DEVIATION];
  }

  get variance(): number {
    return this.cells[VARIANCE];
  }

  /** True once the window is full: `mean` and `variance` are then those of the last `period` values. */
  update(value: number): boolean {
    const state = this.cells;
    const { period } = this;
    // An integer to the engine too, which else would work out places as doubles.
    const before = state[COUNT] | 0;
    const count = before + 1;
    if (before === 0) state[HEAD_ORIGIN] = value;
    const origin = state[HEAD_ORIGIN];
    const deviation = value - origin;
    let sum = state[HEAD] + deviation;
    let squares = state[HEAD_SQUARES] + deviation * deviation;
    state[SLOTS + before] = value;
    if (count === period) this.#turn();
    else {
      state[COUNT] = count;
      state[HEAD] = sum;
      state[HEAD_SQUARES] = squares;
      if (state[FULL] === 0) return false;
      const tail = state[SLOTS + count] as number;
      const apart = state[TAIL_ORIGIN] - origin;
      const moved = (period - count) * apart;
      squares += (state[SLOTS + period + count] as number) + apart * (2 * tail + moved);
      sum += tail + moved;
    }
    const mean = sum / period;
    state[MEAN] = origin + mean;
    state[VARIANCE] = (squares - sum * mean) / period;
    state[DEVIATION] = deviation - mean;
    return true;
  }

  #turn(): void {
    const state = this.cells;
    const { period } = this;
    const origin = state[SLOTS + period - 1] as number;
    let sum = 0;
    let squares = 0;
    for (let at = SLOTS + period - 1; at >= SLOTS; at--) {
      const deviation = (state[at] as number) - origin;
      sum += deviation;
      squares += deviation * deviation;
      state[at] = sum;
      state[at + period] = squares;
    }
    state[TAIL_ORIGIN] = origin;
    state[COUNT] = 0;
    state[FULL] = 1;
    state[HEAD] = 0;
    state[HEAD_SQUARES] = 0;
  }
}
