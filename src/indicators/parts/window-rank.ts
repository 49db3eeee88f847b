/**
 * Where a number stands among the N before it: the share of them that is below, plus half of those that equal it. They are
 * kept twice, as they came and sorted; the newcomer takes the place of the one that leaves, and only those between the two
 * places move, so a search of log N steps and a short move do what a look at all N would.
 *
 * Numbers nearer than a billionth count as equal: what is worked out of prices that stand still differs in its last digits
 * only, and would else be ranked by its rounding.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

/** A part in so many is equal. */
const EQUAL = 1e-9;

const COUNT = 0;
/** Place of the oldest in the ring. */
const OLDEST = 1;
/** The newcomer, and its rank. */
const NEWEST = 2;
const RANK = 3;
/** SLOTS holds `period` numbers as they came, then the same from lowest to highest. */
const SLOTS = 4;

export class WindowRank implements StreamingPart {
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + 2 * period);
  }

  /** Where the newest stands among the `period` before it, 0..1; NaN until there are so many. */
  get rank(): number {
    return this.cells[RANK];
  }

  /** Takes the number at a place of an indicator's values: handed on by itself it might be boxed on the heap. */
  update(values: Float64Array, place: number): void {
    this.cells[NEWEST] = values[place] as number;
    if (this.cells[COUNT] < this.period) this.#fill();
    else this.#replace();
  }

  #fill(): void {
    const state = this.cells;
    const count = state[COUNT];
    state[SLOTS + count] = state[NEWEST];
    this.#place(count, count);
    state[COUNT] = count + 1;
    state[RANK] = Number.NaN;
  }

  #replace(): void {
    const state = this.cells;
    const { period } = this;
    const newest = state[NEWEST];
    const hair = Math.abs(newest) * EQUAL;
    const sorted = SLOTS + period;
    const slot = SLOTS + state[OLDEST];
    const leaving = state[slot] as number;
    state[slot] = newest;
    state[OLDEST] = state[OLDEST] + 1 === period ? 0 : state[OLDEST] + 1;
    let gap = 0;
    for (let to = period; gap < to; ) {
      const middle = (gap + to) >> 1;
      if ((state[sorted + middle] as number) < leaving) gap = middle + 1;
      else to = middle;
    }
    let below = 0;
    for (let to = period; below < to; ) {
      const middle = (below + to) >> 1;
      if ((state[sorted + middle] as number) < newest - hair) below = middle + 1;
      else to = middle;
    }
    let through = below;
    while (through < period && (state[sorted + through] as number) <= newest + hair) through += 1;
    state[RANK] = (below + through) / (2 * period);
    this.#place(gap, period - 1);
  }

  /** Puts the newcomer where it belongs among the sorted, in the room of the one at `gap`. */
  #place(gap: number, last: number): void {
    const state = this.cells;
    const sorted = SLOTS + this.period;
    const newest = state[NEWEST];
    let at = sorted + gap;
    while (at > sorted && (state[at - 1] as number) > newest) {
      state[at] = state[at - 1] as number;
      at -= 1;
    }
    while (at < sorted + last && (state[at + 1] as number) < newest) {
      state[at] = state[at + 1] as number;
      at += 1;
    }
    state[at] = newest;
  }
}
