import type { Random } from '../../src/runtime/random.js';
import type { ClassedRows } from '../../src/training/trees/bins.js';

/** Rows of drawn inputs and the class that the rule gives each. */
export function classedRows(
  count: number,
  columns: number,
  random: Random,
  draw: (random: Random, column: number) => number,
  rule: (row: Float32Array, random: Random) => number,
): ClassedRows {
  const inputs = Float32Array.from({ length: count * columns }, (_, at) => draw(random, at % columns));
  const classes = Uint8Array.from({ length: count }, (_, row) =>
    rule(inputs.subarray(row * columns, (row + 1) * columns), random),
  );
  return { inputs, columns, rows: Int32Array.from({ length: count }, (_, row) => row), classes };
}
