import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE } from '../../src/indicators/registry.js';
import { assertSameColumn, distance } from '../support/column-tolerance.js';
import { withoutTaLib, withoutTulip } from '../support/libraries/libraries.js';
import { LIBRARY_COLUMNS } from '../support/libraries/library-columns.js';
import { freshSeed, PRICE_PATHS, proofCount } from '../support/price-paths.js';
import { columnOf, fresh, stream } from '../support/stream.js';

const seed = freshSeed();
const paths = Object.entries(PRICE_PATHS).map(([name, path]) => [name, path(proofCount(20_000) + 300, seed)] as const);

test("every column that is said to be a library's is held against that library", () => {
  for (const { source, columns } of CATALOGUE) {
    if (source === 'Suho') continue;
    for (const { name } of columns) assert.equal(LIBRARY_COLUMNS[name]?.library, source, name);
  }
});

for (const definition of CATALOGUE) {
  definition.columns.forEach((column, place) => {
    const theirs = LIBRARY_COLUMNS[column.name];
    if (theirs === undefined) return;
    const { library, from = 0, shown } = theirs;
    const skip = library === 'TA-Lib' ? withoutTaLib : withoutTulip;
    const since = from === 0 ? '' : ` from candle ${from} on`;
    test(`${column.name}: equal to ${library}'s on every kind of prices${since}, seed ${seed}`, { skip }, async (t) => {
      for (const [path, candles] of paths) {
        const streamed = columnOf(stream(fresh(definition, candles), candles), place);
        const reference = await theirs.run(candles);
        if (shown === undefined) {
          assertSameColumn(column, candles, streamed, reference, from, path);
          continue;
        }
        const worst = streamed.reduce((most, value, at) => Math.max(most, relative(value, reference[at] as number)), 0);
        t.diagnostic(`${column.name} on ${path}: ${library} is at most ${worst.toExponential(1)} away; ${shown}`);
      }
    });
  });
}

function relative(left: number, right: number): number {
  if (Number.isNaN(left) || Number.isNaN(right)) return 0;
  return Math.abs(left - right) / Math.max(Math.abs(left), Math.abs(right), Number.MIN_VALUE);
}

test('the tolerance tells a part in a hundred million from equal, in every unit', () => {
  const candles = PRICE_PATHS['a random walk']?.(30, seed) ?? [];
  for (const column of CATALOGUE.flatMap(({ columns }) => columns)) {
    assert.ok(distance(column, candles, 29, 50, 50 * (1 + 1e-8)) > 1, column.name);
  }
});
