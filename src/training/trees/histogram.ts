import { BIN_PLACES, type BinnedRows } from './bins.js';

/** Sums of gradients and hessians by column and bin, in pairs: the place of a bin is 2 · (256 · column + bin). */
export type Histogram = Float64Array;

const COLUMN_PLACES = 2 * BIN_PLACES;

/** What a node's rows come to: its rows are `order` from `from` to before `to`; gradients lie in their order, from 0 on. */
export interface NodeRows {
  readonly order: Int32Array;
  readonly from: number;
  readonly to: number;
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
}

/**
 * Four columns at a time: a row's number and gradients are then read once for all four, and four independent sums are under
 * way, where one alone would wait for its own last addition whenever neighbours fall into the same bin.
 */
export function fillHistogram(into: Histogram, binned: BinnedRows, columns: Int32Array, rows: NodeRows): void {
  for (const column of columns) into.fill(0, column * COLUMN_PLACES, (column + 1) * COLUMN_PLACES);
  let at = 0;
  for (; at + 4 <= columns.length; at += 4) addFour(into, binned, columns, at, rows);
  for (; at < columns.length; at++) addOne(into, binned, columns[at] as number, rows);
}

function addFour(into: Histogram, { bins, rows }: BinnedRows, columns: Int32Array, at: number, node: NodeRows): void {
  const { order, from, to, gradients, hessians } = node;
  const [one, two, three, four] = columns.subarray(at, at + 4) as unknown as [number, number, number, number];
  const [oneRows, twoRows, threeRows, fourRows] = [one * rows, two * rows, three * rows, four * rows];
  const [onePlace, twoPlace] = [one * COLUMN_PLACES, two * COLUMN_PLACES];
  const [threePlace, fourPlace] = [three * COLUMN_PLACES, four * COLUMN_PLACES];
  for (let place = from; place < to; place++) {
    const row = order[place] as number;
    const gradient = gradients[place - from] as number;
    const hessian = hessians[place - from] as number;
    const a = onePlace + 2 * (bins[oneRows + row] as number);
    const b = twoPlace + 2 * (bins[twoRows + row] as number);
    const c = threePlace + 2 * (bins[threeRows + row] as number);
    const d = fourPlace + 2 * (bins[fourRows + row] as number);
    into[a] = (into[a] as number) + gradient;
    into[a + 1] = (into[a + 1] as number) + hessian;
    into[b] = (into[b] as number) + gradient;
    into[b + 1] = (into[b + 1] as number) + hessian;
    into[c] = (into[c] as number) + gradient;
    into[c + 1] = (into[c + 1] as number) + hessian;
    into[d] = (into[d] as number) + gradient;
    into[d + 1] = (into[d + 1] as number) + hessian;
  }
}

function addOne(into: Histogram, { bins, rows }: BinnedRows, column: number, node: NodeRows): void {
  const { order, from, to, gradients, hessians } = node;
  for (let place = from; place < to; place++) {
    const a = column * COLUMN_PLACES + 2 * (bins[column * rows + (order[place] as number)] as number);
    into[a] = (into[a] as number) + (gradients[place - from] as number);
    into[a + 1] = (into[a + 1] as number) + (hessians[place - from] as number);
  }
}

/** A node's rows are those of its two children, so what one child has not the other has. */
export function subtractHistogram(from: Histogram, part: Histogram, columns: Int32Array): void {
  for (const column of columns) {
    const end = (column + 1) * COLUMN_PLACES;
    for (let place = column * COLUMN_PLACES; place < end; place++)
      from[place] = (from[place] as number) - (part[place] as number);
  }
}
