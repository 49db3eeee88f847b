import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

/** Values seen, at most `length`. */
const COUNT = 0;
/** Where the next value goes. */
const PLACE = 1;
const SLOTS = 2;

/** The newest values of a series, to be looked back at. */
export class PastValues implements StreamingPart {
  readonly cells: Cells;

  constructor(readonly length: number) {
    this.cells = cells(SLOTS + length);
  }

  /** Takes the newest value; the one that came `length` before it, NaN where there is none. */
  update(value: number): number {
    const state = this.cells;
    const { length } = this;
    // An integer to the engine too, which else would work out places as doubles.
    const place = state[PLACE] | 0;
    const past = state[SLOTS + place] as number;
    state[SLOTS + place] = value;
    state[PLACE] = place + 1 === length ? 0 : place + 1;
    const count = state[COUNT];
    if (count === length) return past;
    state[COUNT] = count + 1;
    return Number.NaN;
  }

  /** The value that came so many before the newest, fewer than `length`; NaN where there is none. */
  ago(count: number): number {
    const state = this.cells;
    if (count >= state[COUNT]) return Number.NaN;
    const place = (state[PLACE] | 0) - 1 - count;
    return state[SLOTS + (place < 0 ? place + this.length : place)] as number;
  }
}
