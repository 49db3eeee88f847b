import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowLag } from '../../../src/indicators/parts/window-lag.js';

const numbers = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -1e9, max: 1e9, noNaN: true })), {
  maxLength: 200,
});
const periods = fc.integer({ min: 1, max: 30 });

test('the lag is the number so many before, and none until there is one', () => {
  fc.assert(
    fc.property(numbers, periods, (values, period) => {
      const lag = new WindowLag(period);
      values.forEach((value, at) => {
        assert.equal(lag.update(value), at < period ? Number.NaN : values[at - period]);
      });
    }),
  );
});
