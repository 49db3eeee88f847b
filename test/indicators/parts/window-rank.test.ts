import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowRank } from '../../../src/indicators/parts/window-rank.js';
import { proofCount } from '../../support/price-paths.js';

const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));

test('a rank is the share of the numbers before that are below, plus half of those that equal it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 25 }), fc.array(number, { maxLength: 120 }), (period, numbers) => {
      const rank = new WindowRank(period);
      numbers.forEach((value, at) => {
        rank.update(Float64Array.of(value), 0);
        if (at < period) assert.ok(Number.isNaN(rank.rank));
        else {
          const before = numbers.slice(at - period, at);
          const equal = before.filter((each) => Math.abs(each - value) <= 1e-9 * Math.abs(value));
          const below = before.filter((each) => each < value && !equal.includes(each));
          assert.equal(rank.rank, (below.length + equal.length / 2) / period);
        }
      });
    }),
    { numRuns: proofCount(10_000) },
  );
});

test('numbers that differ by rounding alone are equal, and those that differ by more are not', () => {
  const rank = new WindowRank(4);
  const rankAfter = (...numbers: number[]): number => {
    for (const each of numbers) rank.update(Float64Array.of(each), 0);
    return rank.rank;
  };
  assert.equal(rankAfter(0.1 + 0.2, 0.3, 0.3 + 1e-16, 0.3 - 1e-16, 0.3), 0.5);
  assert.equal(rankAfter(0.3 + 1e-8), 1);
});
