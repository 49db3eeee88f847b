/**
 * The least-squares line through the last N numbers. Each update sums over the window anew: for windows as short as the
 * catalogue's that costs no more than keeping sums up to date would, and it cannot drift. Deviations are taken from the newest
 * number, so that small slopes keep their digits at high prices and flat prices have a slope of exactly zero.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

/** Numbers seen, at most `period`. */
const COUNT = 0;
const PLACE = 1;
const END = 2;
const SLOPE = 3;
const SLOTS = 4;

export class RegressionLine implements StreamingPart {
  /** SLOTS holds the numbers twice over, `period` places apart, so that the window always lies in one piece. */
  readonly cells: Cells;
  readonly #middle: number;
  readonly #spread: number;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + 2 * period);
    this.#middle = (period - 1) / 2;
    this.#spread = (period * (period * period - 1)) / 12;
  }

  /** The line where the newest number is. */
  get end(): number {
    return this.cells[END];
  }

  /** Its rise from one number to the next. */
  get slope(): number {
    return this.cells[SLOPE];
  }

  /** True once the window is full: `end` and `slope` are then those of the last `period` numbers. */
  update(value: number): boolean {
    const state = this.cells;
    const { period } = this;
    const place = state[PLACE] | 0;
    const next = place + 1 === period ? 0 : place + 1;
    state[SLOTS + place] = value;
    state[SLOTS + place + period] = value;
    state[PLACE] = next;
    if (state[COUNT] < period) state[COUNT] += 1;
    if (state[COUNT] < period) return false;
    this.#fit(SLOTS + next, value);
    return true;
  }

  #fit(oldest: number, newest: number): void {
    const state = this.cells;
    const { period } = this;
    const middle = this.#middle;
    let sum = 0;
    let turned = 0;
    let weight = middle;
    let early = oldest;
    let late = oldest + period - 1;
    // Two numbers that are equally far from the middle weigh the same, the later one for a rise, the earlier one against it.
    for (; early < late; early++, late--) {
      const before = state[early] as number;
      const after = state[late] as number;
      sum += before - newest + (after - newest);
      turned += weight * (after - before);
      weight -= 1;
    }
    if (early === late) sum += (state[early] as number) - newest;
    const slope = turned / this.#spread;
    state[SLOPE] = slope;
    state[END] = newest + (sum / period + slope * middle);
  }
}
