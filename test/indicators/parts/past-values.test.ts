import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PastValues } from '../../../src/indicators/parts/past-values.js';

const values = fc.array(fc.double({ noNaN: true }), { maxLength: 120 });

test('past values are those of the series, and none where it had not begun', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 30 }), (series, length) => {
      const past = new PastValues(length);
      series.forEach((value, at) => {
        assert.ok(Object.is(past.update(value), series[at - length] ?? Number.NaN));
        for (let count = 0; count < length; count++) {
          assert.ok(Object.is(past.ago(count), series[at - count] ?? Number.NaN));
        }
      });
    }),
  );
});
