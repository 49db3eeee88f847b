import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowRank } from '../../../src/indicators/parts/window-rank.js';
import { proofCount } from '../../support/price-paths.js';

const jumps = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(-0));
const steps = fc
  .array(fc.integer({ min: -2, max: 2 }), { maxLength: 300 })
  .map((moves) => moves.map((_, at) => moves.slice(0, at + 1).reduce((sum, move) => sum + move, 0)));

for (const [kind, numbers] of [
  ['jumps', fc.array(jumps, { maxLength: 300 })],
  ['steps', steps],
] as const) {
  test(`the rank among the numbers before is that of a count, for numbers that move by ${kind}`, () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 40 }), (values, period) => {
        const rank = new WindowRank(period);
        values.forEach((value, at) => {
          rank.value = value;
          rank.advance();
          const found = rank.rank;
          if (at < period) {
            assert.ok(Number.isNaN(found));
            return;
          }
          const before = values.slice(at - period, at);
          const below = before.filter((each) => each < value).length;
          const equal = before.filter((each) => each === value).length;
          assert.equal(found, (below + equal / 2) / period);
        });
      }),
      { numRuns: proofCount(3_000) },
    );
  });
}

test('with a hair, numbers that differ by rounding alone are equal, and those that differ by more are not', () => {
  const nearly = fc
    .integer({ min: -4, max: 4 })
    .chain((whole) => fc.constantFrom(whole, whole * (1 + 1e-13), whole * (1 - 1e-13)));
  fc.assert(
    fc.property(fc.array(nearly, { maxLength: 200 }), fc.integer({ min: 1, max: 25 }), (values, period) => {
      const rank = new WindowRank(period, 1e-9);
      values.forEach((value, at) => {
        rank.value = value;
        rank.advance();
        const found = rank.rank;
        if (at < period) return;
        const whole = values.slice(at - period, at).map(Math.round);
        const below = whole.filter((each) => each < Math.round(value)).length;
        const equal = whole.filter((each) => each === Math.round(value)).length;
        assert.equal(found, (below + equal / 2) / period);
      });
    }),
    { numRuns: proofCount(3_000) },
  );
});
