import { cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
/** The sum of the seed's values until there are enough, then the average. */
const VALUE = 1;

/** An exponential average seeded, as in TA-Lib, with the mean of its first `period` values. */
export class EmaLine implements StreamingPart {
  readonly cells = cells(2);
  readonly #weight: number;

  constructor(readonly period: number) {
    this.#weight = 2 / (period + 1);
  }

  /** The average, NaN until `period` values have come. */
  update(value: number): number {
    const state = this.cells;
    const { period } = this;
    const before = state[VALUE];
    let line = before + (value - before) * this.#weight;
    if (state[COUNT] < period) {
      const count = state[COUNT] + 1;
      state[COUNT] = count;
      line = before + value;
      if (count < period) {
        state[VALUE] = line;
        return Number.NaN;
      }
      line /= period;
    }
    state[VALUE] = line;
    return line;
  }
}
