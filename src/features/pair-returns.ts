import { type Cells, cells } from '../indicators/streaming-indicator.js';

/** How far one series is shifted against the other, candles. */
export const MOST_LAG = 30;

/** The first or the second of a pair. */
export type Side = 0 | 1;

const COUNT = 0;
/** Place of the newest in the rings. */
const PLACE = 1;
/** The closes before, per side; 0 before the first. */
const CLOSES = 2;
const RINGS = 4;

/**
 * Log returns of two symbols over the candles that both have. Each ring is written twice, one behind the other, so that the
 * returns before the newest lie before it in one piece; what has not been yet is 0.
 */
export class PairReturns {
  readonly cells: Cells;
  readonly #length: number;

  /** Keeps what the lags of a window of `longest` reach. */
  constructor(longest: number) {
    this.#length = longest + MOST_LAG + 1;
    this.cells = cells(RINGS + 4 * this.#length);
  }

  /** Returns there have been. */
  get count(): number {
    return this.cells[COUNT];
  }

  /** Where the side's newest return is in `cells`. */
  newest(side: Side): number {
    return RINGS + (2 * side + 1) * this.#length + this.cells[PLACE];
  }

  at(side: Side, ago: number): number {
    return this.cells[this.newest(side) - ago] as number;
  }

  /** False for the first closes, which make no return. */
  update(first: number, second: number): boolean {
    const state = this.cells;
    const [firstBefore, secondBefore] = [state[CLOSES] as number, state[CLOSES + 1] as number];
    state[CLOSES] = first;
    state[CLOSES + 1] = second;
    if (firstBefore === 0) return false;
    state[COUNT] += 1;
    state[PLACE] = state[PLACE] + 1 === this.#length ? 0 : state[PLACE] + 1;
    this.#write(0, Math.log(first / firstBefore));
    this.#write(1, Math.log(second / secondBefore));
    return true;
  }

  #write(side: Side, value: number): void {
    const place = this.newest(side);
    this.cells[place] = value;
    this.cells[place - this.#length] = value;
  }
}
