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
    const place = state[PLACE];
    const past = state[COUNT] === length ? (state[SLOTS + place] as number) : Number.NaN;
    if (state[COUNT] < length) state[COUNT] += 1;
    state[SLOTS + place] = value;
    state[PLACE] = place + 1 === length ? 0 : place + 1;
    return past;
  }

  /** The value that came so many before the newest, fewer than `length`; NaN where there is none. */
  ago(count: number): number {
    const state = this.cells;
    if (count >= state[COUNT]) return Number.NaN;
    const place = state[PLACE] - 1 - count;
    return state[SLOTS + (place < 0 ? place + this.length : place)] as number;
  }
}
