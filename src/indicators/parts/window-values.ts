/**
 * The last N numbers in order of time, for what is worked out anew over a short window at each candle. Each number is written
 * twice, N places apart, so that N places in a row always hold the window and nobody who reads it has to wrap around.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const PLACE = 1;
const SLOTS = 2;

export class WindowValues implements StreamingPart {
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + 2 * period);
  }

  /** Where in `cells` the oldest of the window stands; the others follow it. */
  get start(): number {
    return SLOTS + (this.cells[PLACE] | 0);
  }

  /** The place after the newest's; the last few end there even while the window is not full. */
  get end(): number {
    return this.start + this.period;
  }

  /** How many there are, at most `period`. */
  get count(): number {
    return this.cells[COUNT];
  }

  /** The number that the new one drives out, the one `period` before it; NaN until there is one. */
  update(value: number): number {
    const state = this.cells;
    const { period } = this;
    const place = state[PLACE] | 0;
    const slot = SLOTS + place;
    const out = state[slot] as number;
    state[slot] = value;
    state[slot + period] = value;
    state[PLACE] = place + 1 === period ? 0 : place + 1;
    if (state[COUNT] === period) return out;
    state[COUNT] += 1;
    return Number.NaN;
  }

  get full(): boolean {
    return this.cells[COUNT] === this.period;
  }
}
