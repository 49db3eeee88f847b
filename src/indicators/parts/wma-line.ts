/**
 * A linearly weighted average: of the last N numbers the newest weighs N, the oldest 1. Built as `window-sum.ts` is, tail of
 * the block before and head of the present one, so that what has left the window is never subtracted and never felt again.
 *
 * The tail's numbers weigh 1, 2, … whatever its length; so its weighted sum grows, from the end backwards, by its plain sum.
 * The head's weigh 1, 2, … too, and each of them as much more as the tail is long.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const FULL = 1;
const HEAD = 2;
const HEAD_WEIGHTED = 3;
const SLOTS = 4;

export class WmaLine implements StreamingPart {
  readonly cells: Cells;
  readonly #weights: number;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + period);
    this.#weights = (period * (period + 1)) / 2;
  }

  /** The average, NaN until `period` values have come. */
  update(value: number): number {
    const state = this.cells;
    const { period } = this;
    const before = state[COUNT] | 0;
    const count = before + 1;
    const head = state[HEAD] + value;
    const weighted = state[HEAD_WEIGHTED] + count * value;
    state[SLOTS + before] = value;
    if (count === period) {
      this.#turn();
      return weighted / this.#weights;
    }
    state[COUNT] = count;
    state[HEAD] = head;
    state[HEAD_WEIGHTED] = weighted;
    if (state[FULL] === 0) return Number.NaN;
    return ((state[SLOTS + count] as number) + (period - count) * head + weighted) / this.#weights;
  }

  #turn(): void {
    const state = this.cells;
    let plain = 0;
    let weighted = 0;
    for (let at = SLOTS + this.period - 1; at >= SLOTS; at--) {
      plain += state[at] as number;
      weighted += plain;
      state[at] = weighted;
    }
    state[COUNT] = 0;
    state[FULL] = 1;
    state[HEAD] = 0;
    state[HEAD_WEIGHTED] = 0;
  }
}
