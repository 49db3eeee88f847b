import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowMean } from '../../../src/indicators/parts/window-mean.js';

const periods = fc.integer({ min: 1, max: 30 });

test('the mean of a window is that of its whole numbers, to a rounding or two, whatever left it before', () => {
  const prices = fc.array(fc.oneof(fc.integer({ min: 1_000_000, max: 1_000_100 }), fc.integer({ min: 1, max: 2 ** 40 })), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(prices, periods, (values, period) => {
      const mean = new WindowMean(period);
      values.forEach((value, at) => {
        const streamed = mean.update(value);
        if (at + 1 < period) {
          assert.ok(Number.isNaN(streamed));
          return;
        }
        const window = values.slice(at + 1 - period, at + 1);
        // Sums of whole numbers below 2^53 are exact, so only the division rounds.
        const exact = window.reduce((sum, one) => sum + one, 0) / period;
        assert.ok(Math.abs(streamed - exact) <= 4 * Number.EPSILON * exact, `${streamed} of ${window}, exact ${exact}`);
      });
    }),
  );
});

test('equal prices have themselves for a mean, without a rounding', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-5, max: 1e6, noNaN: true }), periods, (price, period) => {
      const mean = new WindowMean(period);
      for (let at = 1; at <= 3 * period; at++) assert.equal(mean.update(price), at < period ? Number.NaN : price);
    }),
  );
});
