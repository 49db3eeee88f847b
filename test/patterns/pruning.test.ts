import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isToBePruned } from '../../src/patterns/pruning.js';

test('a pattern is pruned when it has won less than two of five, and not before twenty trades', () => {
  for (let trades = 0; trades <= 250; trades++)
    for (let wins = 0; wins <= trades; wins++) {
      // In fifths of a trade, which are whole.
      const expected = trades > 19 && 5 * wins < trades + trades;
      assert.equal(isToBePruned({ trades, wins }), expected, `${wins} of ${trades}`);
    }
});

test('exactly forty of a hundred stay', () => {
  for (const trades of [20, 25, 30, 35, 40, 100]) {
    const wins = (trades / 5) * 2;
    assert.deepEqual([isToBePruned({ trades, wins }), isToBePruned({ trades, wins: wins - 1 })], [false, true]);
  }
});
