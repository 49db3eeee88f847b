import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

/** Values seen, at most as many as the last link waits for; then, per link, the sum of its seed until it has an average, and that. */
const COUNT = 0;
const LINES = 1;

/** Averages of averages: each link is an exponential average of the one before, seeded with the mean of that one's first `period`. */
export class EmaChain implements StreamingPart {
  readonly cells: Cells;
  readonly #weight: number;
  readonly #warmup: number;

  constructor(
    readonly period: number,
    readonly links: number,
  ) {
    this.cells = cells(LINES + links);
    this.#weight = 2 / (period + 1);
    this.#warmup = this.#begins(links);
  }

  /** The last link's average, NaN until `links · (period − 1) + 1` values have come. */
  update(value: number): number {
    const state = this.cells;
    const end = LINES + this.links;
    if (state[COUNT] < this.#warmup) {
      this.#begin(value);
      return this.has(this.links) ? (state[end - 1] as number) : Number.NaN;
    }
    const weight = this.#weight;
    let line = value;
    for (let at = LINES; at < end; at++) {
      const before = state[at] as number;
      line = before + (line - before) * weight;
      state[at] = line;
    }
    return line;
  }

  /** Whether the `order`-th link, from 1, has an average. */
  has(order: number): boolean {
    return this.cells[COUNT] >= this.#begins(order);
  }

  /** The average of the `order`-th link, from 1, once it has one. */
  line(order: number): number {
    return this.cells[LINES + order - 1] as number;
  }

  #begins(order: number): number {
    return order * (this.period - 1) + 1;
  }

  #begin(value: number): void {
    const state = this.cells;
    const { period, links } = this;
    const count = state[COUNT] + 1;
    const weight = this.#weight;
    state[COUNT] = count;
    let line = value;
    for (let order = 1; order <= links; order++) {
      const at = LINES + order - 1;
      const before = state[at] as number;
      const begins = this.#begins(order);
      state[at] = count > begins ? before + (line - before) * weight : before + line;
      if (count < begins) return;
      if (count === begins) state[at] = (state[at] as number) / period;
      line = state[at] as number;
    }
  }
}
