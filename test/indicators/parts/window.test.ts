import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowMoments } from '../../../src/indicators/parts/window-moments.js';
import { WindowSum } from '../../../src/indicators/parts/window-sum.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { freshSeed, proofCount } from '../../support/price-paths.js';

/** Two passes in exact arithmetic: each double is a whole number of 2^-120 (for what is tried here), so BigInt holds all of it. */
function exactMoments(window: readonly number[]): { mean: number; variance: number } {
  const unit = 2n ** 120n;
  const whole = (value: number): bigint => {
    const [high, low] = [Math.trunc(value), value - Math.trunc(value)];
    return BigInt(high) * unit + BigInt(low * 2 ** 60 * 2 ** 60);
  };
  const count = BigInt(window.length);
  const scaled = window.map((value) => whole(value) * count);
  const sum = window.reduce((total, value) => total + whole(value), 0n);
  const squares = scaled.reduce((total, value) => total + (value - sum) ** 2n, 0n);
  return { mean: ratio(sum, unit * count), variance: ratio(squares, unit * unit * count * count * count) };
}

/** A quotient of whole numbers to the full width of a double. */
function ratio(top: bigint, bottom: bigint): number {
  if (top === 0n) return 0;
  let shift = 0;
  let scaled = top < 0n ? -top : top;
  while (scaled / bottom < 2n ** 64n) {
    scaled <<= 16n;
    shift += 16;
  }
  return ((top < 0n ? -1 : 1) * Number(scaled / bottom)) / 2 ** shift;
}

const price = fc.oneof(
  fc.double({ min: 1.0999, max: 1.1001, noNaN: true }),
  fc.double({ min: 1.1, max: 1.1000001, noNaN: true }),
  fc.double({ min: 1e-5, max: 1e6, noNaN: true }),
  fc.constantFrom(1.1, 1.1, 149.123, 2_345.67, 0.0001),
);

test('the window moments are those of the window in exact arithmetic, whatever left it before', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 25 }), fc.array(price, { maxLength: 120 }), (period, values) => {
      const moments = new WindowMoments(period);
      values.forEach((value, at) => {
        assert.equal(moments.update(value), at + 1 >= period);
        if (at + 1 < period) return;
        const window = values.slice(at + 1 - period, at + 1);
        const exact = exactMoments(window);
        const most = Math.max(...window);
        assert.ok(Math.abs(moments.mean - exact.mean) <= 4e-16 * period * most, `mean ${moments.mean}, exact ${exact.mean}`);
        const allowed = Math.max(1e-11 * exact.variance, (1e-15 * most) ** 2);
        assert.ok(
          Math.abs(moments.variance - exact.variance) <= allowed,
          `variance ${moments.variance}, exact ${exact.variance}`,
        );
      });
    }),
    { numRuns: proofCount(3_000) },
  );
});

test('the window sum is the sum of the window, whatever left it before', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 25 }), fc.array(price, { maxLength: 120 }), (period, values) => {
      const window = new WindowSum(period);
      values.forEach((value, at) => {
        const sum = window.update(value);
        if (at + 1 < period) assert.ok(Number.isNaN(sum));
        else {
          const exact = values.slice(at + 1 - period, at + 1).reduce((total, each) => total + each, 0);
          assert.ok(Math.abs(sum - exact) <= 1e-14 * exact, `${sum} beside ${exact}`);
        }
      });
    }),
    { numRuns: proofCount(3_000) },
  );
});

const seed = freshSeed();

test(`the error of the moments after many values is that after few: it does not drift, seed ${seed}`, () => {
  const random = seededRandom(seed);
  const moments = new WindowMoments(20);
  const window: number[] = [];
  let close = 1.1;
  let worst = 0;
  for (let at = 0; at < proofCount(2_000_000); at++) {
    // Now and then a price a thousand times as high passes through.
    close *= Math.exp(1e-7 * random.normal());
    const value = at % 5_000 === 4_000 ? close * 1_000 : close;
    window.push(value);
    if (window.length > 20) window.shift();
    moments.update(value);
    if (at % 500 === 499) {
      const exact = exactMoments(window);
      worst = Math.max(worst, Math.abs(moments.variance / exact.variance - 1));
    }
  }
  assert.ok(worst < 1e-12, `a variance is ${worst} off`);
});
