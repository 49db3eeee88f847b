/**
 * The sum of the last N numbers, in O(1) amortised time and without ever subtracting, so that nothing that has left the
 * window is felt again: a running sum that subtracts keeps the rounding errors of the largest value it ever held.
 *
 * The stream is cut in blocks of N. The window is then the tail of the block before and the head of the present one. The
 * head's sum grows by addition; when a block is full, its slots are turned into the sums of its tails, from the end
 * backwards. The present block overwrites exactly the slots whose tails the window has left, so one array serves both.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const FULL = 1;
const HEAD = 2;
const SLOTS = 3;

export class WindowSum implements StreamingPart {
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + period);
  }

  /** The sum of the last `period` values, NaN until there are so many. */
  update(value: number): number {
    const state = this.cells;
    const { period } = this;
    // An integer to the engine too, which else would work out places as doubles.
    const before = state[COUNT] | 0;
    const count = before + 1;
    const head = state[HEAD] + value;
    state[SLOTS + before] = value;
    if (count === period) {
      this.#turn();
      return head;
    }
    state[COUNT] = count;
    state[HEAD] = head;
    return state[FULL] === 0 ? Number.NaN : head + (state[SLOTS + count] as number);
  }

  #turn(): void {
    const state = this.cells;
    let sum = 0;
    for (let at = SLOTS + this.period - 1; at >= SLOTS; at--) {
      sum += state[at] as number;
      state[at] = sum;
    }
    state[COUNT] = 0;
    state[FULL] = 1;
    state[HEAD] = 0;
  }
}
