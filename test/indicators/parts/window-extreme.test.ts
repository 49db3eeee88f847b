import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowHighest, WindowLowest } from '../../../src/indicators/parts/window-extreme.js';

const numbers = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true })), {
  maxLength: 200,
});

test('highest and lowest of a window and their ages are those of a scan, the newest of equals', () => {
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 30 }), (values, period) => {
      const highest = new WindowHighest(period);
      const lowest = new WindowLowest(period);
      values.forEach((value, at) => {
        const [high, low] = [highest.update(value), lowest.update(value)];
        if (at + 1 < period) {
          assert.ok(Number.isNaN(high) && Number.isNaN(low));
          return;
        }
        const window = values.slice(at + 1 - period, at + 1);
        const [most, least] = [Math.max(...window), Math.min(...window)];
        assert.ok(high === most && low === least);
        assert.equal(highest.age, period - 1 - window.lastIndexOf(most));
        assert.equal(lowest.age, period - 1 - window.lastIndexOf(least));
      });
    }),
  );
});
