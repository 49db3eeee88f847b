import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';
import { REGIMES } from './regimes.js';

/** Candles classified, at most the period. */
const COUNT = 0;
const OLDEST = 1;
const SHARE = 2;
/** TALLY holds per regime how many of the last candles were classified as it, then come those candles' codes. */
const TALLY = 3;
const SLOTS = TALLY + REGIMES.length;

/** How far the last candles agree with the present regime. */
export class RegimeAgreement implements StreamingPart {
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + period);
  }

  /** The share of the last `period` candles, or of as many as there are, that were classified as the present regime. */
  get share(): number {
    return this.cells[SHARE];
  }

  update(code: number, held: number): void {
    const state = this.cells;
    const { period } = this;
    const slot = SLOTS + state[OLDEST];
    if (state[COUNT] === period) this.#count(state[slot] as number, -1);
    else state[COUNT] += 1;
    state[slot] = code;
    this.#count(code, 1);
    state[OLDEST] = state[OLDEST] + 1 === period ? 0 : state[OLDEST] + 1;
    state[SHARE] = (state[TALLY + held] as number) / state[COUNT];
  }

  #count(code: number, by: number): void {
    const state = this.cells;
    state[TALLY + code] = (state[TALLY + code] as number) + by;
  }
}
