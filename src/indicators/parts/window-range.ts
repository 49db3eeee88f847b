/**
 * The highest high and the lowest low of the last N candles, for those who need not know when they came. Built as
 * `window-sum.ts` is, with the larger and the smaller in place of the sum: a tail's extreme and the head's make the window's.
 * That costs half of what the queues of `window-extreme.ts` do.
 */
import type { CandleInput } from '../indicator.js';
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const FULL = 1;
const HEAD_HIGHEST = 2;
const HEAD_LOWEST = 3;
const HIGHEST = 4;
const LOWEST = 5;
const SLOTS = 6;

export class WindowRange implements StreamingPart {
  /** SLOTS holds `period` highs, turned to the highest of tails, then `period` lows, turned to the lowest of tails. */
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + 2 * period);
  }

  /** NaN until there are `period` candles, as is the lowest. */
  get highest(): number {
    return this.cells[HIGHEST];
  }

  get lowest(): number {
    return this.cells[LOWEST];
  }

  update(candle: CandleInput): void {
    const state = this.cells;
    const { period } = this;
    const { high, low } = candle;
    if (state[COUNT] === period) this.#turn();
    const before = state[COUNT];
    const count = before + 1;
    state[COUNT] = count;
    state[SLOTS + before] = high;
    state[SLOTS + period + before] = low;
    let highest = before === 0 ? high : Math.max(state[HEAD_HIGHEST], high);
    let lowest = before === 0 ? low : Math.min(state[HEAD_LOWEST], low);
    state[HEAD_HIGHEST] = highest;
    state[HEAD_LOWEST] = lowest;
    if (count < period) {
      const full = state[FULL] === 1;
      highest = full ? Math.max(highest, state[SLOTS + count] as number) : Number.NaN;
      lowest = full ? Math.min(lowest, state[SLOTS + period + count] as number) : Number.NaN;
    }
    state[HIGHEST] = highest;
    state[LOWEST] = lowest;
  }

  #turn(): void {
    const state = this.cells;
    const { period } = this;
    for (let at = SLOTS + period - 2; at >= SLOTS; at--) {
      state[at] = Math.max(state[at] as number, state[at + 1] as number);
      state[at + period] = Math.min(state[at + period] as number, state[at + 1 + period] as number);
    }
    state[COUNT] = 0;
    state[FULL] = 1;
  }
}
