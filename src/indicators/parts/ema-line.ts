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
    if (state[COUNT] === this.period) {
      state[VALUE] += (value - state[VALUE]) * this.#weight;
      return state[VALUE];
    }
    state[COUNT] += 1;
    state[VALUE] += value;
    if (state[COUNT] < this.period) return Number.NaN;
    state[VALUE] /= this.period;
    return state[VALUE];
  }
}
