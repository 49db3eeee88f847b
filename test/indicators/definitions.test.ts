import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE, COLUMNS } from '../../src/indicators/registry.js';
import { assertSameColumn } from '../support/column-tolerance.js';
import { freshSeed, PRICE_PATHS, proofCount } from '../support/price-paths.js';
import { referenceColumns } from '../support/reference/reference-columns.js';
import { columnOf, fresh, stream } from '../support/stream.js';

const seed = freshSeed();

test('every column of the catalogue has a definition to be held against', () => {
  const [anyPath] = Object.values(PRICE_PATHS);
  const reference = referenceColumns(anyPath?.(260, seed) ?? []);
  assert.deepEqual(Object.keys(reference).sort(), [...COLUMNS].sort());
});

for (const [name, path] of Object.entries(PRICE_PATHS)) {
  test(`streamed columns equal their definitions recomputed over the whole series on ${name}, seed ${seed}`, () => {
    const candles = path(proofCount(4_000) + 300, seed);
    const reference = referenceColumns(candles);
    for (const definition of CATALOGUE) {
      const rows = stream(fresh(definition, candles), candles);
      definition.columns.forEach((column, place) => {
        assertSameColumn(column, candles, columnOf(rows, place), reference[column.name] ?? []);
      });
    }
  });
}
