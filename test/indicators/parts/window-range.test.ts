import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowRange } from '../../../src/indicators/parts/window-range.js';

const periods = fc.integer({ min: 1, max: 30 });

test('highest and lowest of a window are those of a scan', () => {
  const candles = fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { maxLength: 200 });
  fc.assert(
    fc.property(candles, periods, (sides, period) => {
      const range = new WindowRange(period);
      sides.forEach(([high, low], at) => {
        range.high = high;
        range.low = low;
        assert.equal(range.advance(), at + 1 >= period);
        if (at + 1 < period) {
          assert.ok(Number.isNaN(range.highest) && Number.isNaN(range.lowest));
          return;
        }
        const window = sides.slice(at + 1 - period, at + 1);
        assert.equal(range.highest, Math.max(...window.map(([top]) => top)));
        assert.equal(range.lowest, Math.min(...window.map(([, bottom]) => bottom)));
      });
    }),
  );
});
