import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
/** Place of the oldest of the kept numbers. */
const OLDEST = 1;
const SLOTS = 2;

/** The number that came N numbers before. */
export class WindowLag implements StreamingPart {
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + period);
  }

  /** The number `period` before this one, NaN until there is one. */
  update(value: number): number {
    const state = this.cells;
    const { period } = this;
    const oldest = state[OLDEST];
    const before = state[SLOTS + oldest] as number;
    state[SLOTS + oldest] = value;
    state[OLDEST] = oldest + 1 === period ? 0 : oldest + 1;
    if (state[COUNT] === period) return before;
    state[COUNT] += 1;
    return Number.NaN;
  }
}
