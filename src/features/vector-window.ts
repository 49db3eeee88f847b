import { assert } from '../runtime/assert.js';
import { CANDLE_NUMBERS, writeCandleNumbers } from './candle-numbers.js';
import type { CatalogueVector } from './feature-stream.js';

/** Rows of numbers side by side, twice as many as are wanted: they move back only once in as many rows. */
class NumberRows {
  readonly #numbers: Float64Array;
  /** Of the row after the newest. */
  #end = 0;

  constructor(
    readonly width: number,
    readonly most: number,
  ) {
    this.#numbers = new Float64Array(2 * most * width);
  }

  /** Where the next row is to be written. */
  next(): Float64Array {
    const { width, most } = this;
    if (this.#end === 2 * most) {
      this.#numbers.copyWithin(0, (most + 1) * width);
      this.#end = most - 1;
    }
    this.#end += 1;
    return this.#numbers.subarray((this.#end - 1) * width, this.#end * width);
  }

  newest(rows: number): Float64Array {
    return this.#numbers.subarray((this.#end - rows) * this.width, this.#end * this.width);
  }
}

/**
 * The vectors of a symbol up to one candle, the newest last; their numbers stand side by side, so that models can be handed them
 * uncopied. What is handed out is good until the next vector is pushed.
 */
export class VectorWindow {
  readonly #most: number;
  readonly #values: NumberRows;
  readonly #candles: NumberRows;
  #rows: CatalogueVector[] = [];

  /** Holds the newest `most` of them, and of those that are pushed. */
  constructor(rows: readonly CatalogueVector[], most: number) {
    const [first] = rows;
    assert(first !== undefined && most >= 1, 'a window has a vector');
    this.#most = most;
    this.#values = new NumberRows(first.values.length, most);
    this.#candles = new NumberRows(CANDLE_NUMBERS.length, most);
    for (const row of rows.slice(-most)) this.push(row);
  }

  /** How many there are. */
  get length(): number {
    return this.#rows.length;
  }

  get rows(): readonly CatalogueVector[] {
    return this.#rows;
  }

  get newest(): CatalogueVector {
    return this.#rows.at(-1) as CatalogueVector;
  }

  /** The next candle's. */
  push(row: CatalogueVector): void {
    const { candle, values } = row;
    this.#values.next().set(values);
    writeCandleNumbers(candle, values, this.#candles.next());
    if (this.#rows.length === this.#most) this.#rows.shift();
    this.#rows.push(row);
  }

  /** The newest `steps` vectors, one after the other; undefined where there are not so many. */
  values(steps: number): Float64Array | undefined {
    return steps > this.length ? undefined : this.#values.newest(steps);
  }

  /** CANDLE_NUMBERS of the newest candles, likewise. */
  candles(steps: number): Float64Array | undefined {
    return steps > this.length ? undefined : this.#candles.newest(steps);
  }
}
