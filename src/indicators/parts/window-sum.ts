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
    if (state[COUNT] === this.period) this.#turn();
    state[SLOTS + state[COUNT]] = value;
    state[COUNT] += 1;
    state[HEAD] += value;
    if (state[COUNT] === this.period) return state[HEAD];
    return state[FULL] === 0 ? Number.NaN : state[HEAD] + (state[SLOTS + state[COUNT]] as number);
  }

  #turn(): void {
    const state = this.cells;
    for (let at = SLOTS + this.period - 2; at >= SLOTS; at--) {
      state[at] = (state[at] as number) + (state[at + 1] as number);
    }
    state[COUNT] = 0;
    state[FULL] = 1;
    state[HEAD] = 0;
  }
}
