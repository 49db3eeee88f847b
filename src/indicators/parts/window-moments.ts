/**
 * Mean and variance (population) of the last N numbers, as exact as two passes over the window would be, in O(1) amortised
 * time. Built as `window-sum.ts` is: tails of the block before, head of the present one, never a subtraction of what left.
 *
 * Each of the two sides keeps its mean and its sum of squared deviations (Welford), and they are merged (Chan) into the
 * window's. Both are kept relative to a value of that side which is in the window as long as the side is: the newest of the
 * block before, the oldest of the present one. So flat prices give a variance of exactly zero, and after a jump nothing is
 * measured from a price that is no longer there.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const FULL = 1;
const HEAD_ORIGIN = 2;
const HEAD_MEAN = 3;
const HEAD_SQUARES = 4;
const TAIL_ORIGIN = 5;
const MEAN = 6;
const VARIANCE = 7;
/** Of the newest value from the mean. */
const DEVIATION = 8;
const SLOTS = 9;

export class WindowMoments implements StreamingPart {
  /** SLOTS holds `period` values, turned to means of tails, then `period` sums of squares of tails. */
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
    if (state[COUNT] === period) this.#turn();
    const before = state[COUNT] | 0;
    const count = before + 1;
    if (before === 0) state[HEAD_ORIGIN] = value;
    state[SLOTS + before] = value;
    state[COUNT] = count;
    const deviation = value - state[HEAD_ORIGIN];
    const distance = deviation - state[HEAD_MEAN];
    const mean = state[HEAD_MEAN] + distance / count;
    const squares = state[HEAD_SQUARES] + distance * (deviation - mean);
    state[HEAD_MEAN] = mean;
    state[HEAD_SQUARES] = squares;
    if (count === period) {
      state[MEAN] = state[HEAD_ORIGIN] + mean;
      state[VARIANCE] = squares / period;
      state[DEVIATION] = deviation - mean;
      return true;
    }
    if (state[FULL] === 0) return false;
    this.#merge(value);
    return true;
  }

  #merge(value: number): void {
    const state = this.cells;
    const { period } = this;
    const head = state[COUNT] | 0;
    const tailMean = state[SLOTS + head] as number;
    const tailSquares = state[SLOTS + period + head] as number;
    const tailOrigin = state[TAIL_ORIGIN];
    const apart = state[HEAD_ORIGIN] - tailOrigin + (state[HEAD_MEAN] - tailMean);
    const moved = (apart * head) / period;
    const mean = tailMean + moved;
    state[MEAN] = tailOrigin + mean;
    state[DEVIATION] = value - tailOrigin - mean;
    state[VARIANCE] = (tailSquares + state[HEAD_SQUARES] + apart * moved * (period - head)) / period;
  }

  #turn(): void {
    const state = this.cells;
    const { period } = this;
    const origin = state[SLOTS + period - 1] as number;
    let mean = 0;
    let squares = 0;
    for (let count = 1; count <= period; count++) {
      const at = SLOTS + period - count;
      const deviation = (state[at] as number) - origin;
      const distance = deviation - mean;
      mean += distance / count;
      squares += distance * (deviation - mean);
      state[at] = mean;
      state[at + period] = squares;
    }
    state[TAIL_ORIGIN] = origin;
    state[COUNT] = 0;
    state[FULL] = 1;
    state[HEAD_MEAN] = 0;
    state[HEAD_SQUARES] = 0;
  }
}
