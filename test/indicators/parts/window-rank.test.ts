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
          const found = rank.update(value);
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
