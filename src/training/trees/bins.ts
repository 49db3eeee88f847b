/**
 * Inputs as the number of the bin they fall into, a byte each: 0 is no value, else 1 more than the number of edges below. An
 * input of at most an edge lies on its left. Inputs and edges are floats, as they are where the model runs, and an edge lies
 * between two inputs that were seen, midway where there is room: so an input is on the same side of it there as here.
 */
import { assert } from '../../runtime/assert.js';

/** With the one for no value, as many as a byte tells. */
export const BINS_MOST = 254;
/** Places of a histogram per column. */
export const BIN_PLACES = 256;

/** Rows that are learned from or looked at: some of a table of inputs, and the class of each. */
export interface ClassedRows {
  /** The whole table, row by row. */
  readonly inputs: Float32Array;
  readonly columns: number;
  readonly rows: Int32Array;
  /** One per entry of `rows`. */
  readonly classes: Uint8Array;
}

/** Edges of one column, rising. */
export type BinEdges = Float32Array;

/** Column by column, each of all rows. */
export interface BinnedRows {
  readonly bins: Uint8Array;
  readonly rows: number;
  readonly columns: number;
}

/** Columns taken out of the table at once: a row of it is then read by lines, and not anew for each column. */
const COLUMNS_AT_ONCE = 16;

/** Each column's values in turn; the array is used again. */
function* columnsOf({ inputs, columns, rows }: ClassedRows): Iterable<readonly [column: number, values: Float32Array]> {
  const taken = Array.from({ length: COLUMNS_AT_ONCE }, () => new Float32Array(rows.length));
  for (let first = 0; first < columns; first += COLUMNS_AT_ONCE) {
    const some = taken.slice(0, columns - first);
    for (let at = 0; at < rows.length; at++) {
      const from = (rows[at] as number) * columns + first;
      for (let beside = 0; beside < some.length; beside++) (some[beside] as Float32Array)[at] = inputs[from + beside] as number;
    }
    for (const [beside, values] of some.entries()) yield [first + beside, values];
  }
}

export function binEdges(rows: ClassedRows): BinEdges[] {
  const edges: BinEdges[] = [];
  // Sorted, what is not a number stands at the end.
  for (const [, values] of columnsOf(rows)) {
    const sorted = values.sort();
    let known = sorted.length;
    while (known > 0 && Number.isNaN(sorted[known - 1])) known -= 1;
    edges.push(edgesOf(sorted.subarray(0, known)));
  }
  return edges;
}

/** So that bins hold about equally many; a value that is frequent has one of its own. */
function edgesOf(sorted: Float32Array): BinEdges {
  const edges: number[] = [];
  let distinct = 0;
  for (let at = 0; at < sorted.length; at++) if (at === 0 || sorted[at] !== sorted[at - 1]) distinct += 1;
  let left = sorted.length;
  let inBin = 0;
  for (let at = 1; at < sorted.length; at++) {
    inBin += 1;
    const [low, high] = [sorted[at - 1] as number, sorted[at] as number];
    if (low === high) continue;
    const target = distinct <= BINS_MOST ? 0 : left / (BINS_MOST - edges.length);
    if (inBin < target) continue;
    edges.push(between(low, high));
    left -= inBin;
    inBin = 0;
    if (edges.length === BINS_MOST - 1) break;
  }
  return Float32Array.from(edges);
}

/** A float that is at least the low and below the high. */
function between(low: number, high: number): number {
  const middle = Math.fround(low + (high - low) / 2);
  return middle < high ? middle : low;
}

export function binRows(table: ClassedRows, edges: readonly BinEdges[]): BinnedRows {
  assert(edges.length === table.columns, 'every column has its edges');
  const rows = table.rows.length;
  const bins = new Uint8Array(rows * table.columns);
  for (const [column, values] of columnsOf(table)) {
    const own = edges[column] as BinEdges;
    const first = column * rows;
    for (let at = 0; at < rows; at++) bins[first + at] = binOf(values[at] as number, own);
  }
  return { bins, rows, columns: table.columns };
}

function binOf(value: number, edges: BinEdges): number {
  if (Number.isNaN(value)) return 0;
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (edges[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low + 1;
}
