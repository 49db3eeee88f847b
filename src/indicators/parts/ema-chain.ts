import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

/** Places within a link: its values seen, at most `period`; the sum of the seed's values until there are enough, then the average. */
const COUNT = 0;
const VALUE = 1;
const LINK = 2;

/** Averages of averages: each link is an exponential average of the one before, seeded with the mean of that one's first `period`. */
export class EmaChain implements StreamingPart {
  readonly cells: Cells;
  readonly #weight: number;
  readonly #end: number;

  constructor(
    readonly period: number,
    links: number,
  ) {
    this.#end = LINK * links;
    this.cells = cells(this.#end);
    this.#weight = 2 / (period + 1);
  }

  /** The last link's average, NaN until `links · (period − 1) + 1` values have come. */
  update(value: number): number {
    const state = this.cells;
    const { period } = this;
    const end = this.#end;
    const weight = this.#weight;
    let line = value;
    for (let link = 0; link < end; link += LINK) {
      const before = state[link + VALUE] as number;
      if (state[link + COUNT] === period) line = before + (line - before) * weight;
      else {
        const count = (state[link + COUNT] as number) + 1;
        state[link + COUNT] = count;
        state[link + VALUE] = before + line;
        if (count < period) return Number.NaN;
        line = (before + line) / period;
      }
      state[link + VALUE] = line;
    }
    return line;
  }

  /** The average of the `order`-th link, from 1; only once the last link has one. */
  line(order: number): number {
    return this.cells[LINK * (order - 1) + VALUE] as number;
  }
}
