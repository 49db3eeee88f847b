import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WindowValues } from '../../../src/indicators/parts/window-values.js';

test('the window holds the last numbers in order, and gives out the one that leaves it', () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { maxLength: 100 }), fc.integer({ min: 1, max: 20 }), (values, period) => {
      const window = new WindowValues(period);
      values.forEach((value, at) => {
        assert.equal(window.update(value), at < period ? Number.NaN : values[at - period]);
        assert.equal(window.full, at + 1 >= period);
        if (!window.full) return;
        const held = [...window.cells.slice(window.start, window.start + period)];
        assert.deepEqual(held, values.slice(at + 1 - period, at + 1));
      });
    }),
  );
});
