import { assert } from '../runtime/assert.js';
import { COLUMNS } from '../indicators/registry.js';

/** Values of some columns at one candle's close. */
export class ColumnValues {
  constructor(
    readonly view: ColumnView,
    /** In the view's order, NaN where not ready. */
    readonly values: Float64Array,
  ) {}

  /** NaN while not ready; undefined where the column is not in the view. */
  valueOf(column: string): number | undefined {
    const place = this.view.placeOf(column);
    return place === undefined ? undefined : this.values[place];
  }
}

/**
 * Some of the catalogue's columns: what a tenant of a tier is handed. Everything is computed once for all; a column outside
 * the view is not merely hidden in what is handed over, it is not there.
 */
export class ColumnView {
  readonly columns: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #sources: Int32Array;

  constructor(allowed: (column: string) => boolean) {
    this.columns = COLUMNS.filter(allowed);
    this.#places = new Map(this.columns.map((column, place) => [column, place]));
    this.#sources = Int32Array.from(this.columns, (column) => COLUMNS.indexOf(column));
  }

  placeOf(column: string): number | undefined {
    return this.#places.get(column);
  }

  /** Takes the view's columns out of a vector of the whole catalogue. */
  pick(vector: Float64Array): ColumnValues {
    assert(vector.length === COLUMNS.length, 'a view is taken of a vector of the whole catalogue');
    const values = new Float64Array(this.#sources.length);
    for (let place = 0; place < values.length; place++) values[place] = vector[this.#sources[place] as number] as number;
    return new ColumnValues(this, values);
  }
}
