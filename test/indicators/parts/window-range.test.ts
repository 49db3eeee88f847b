import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CandleInput } from '../../../src/indicators/indicator.js';
import { WindowRange } from '../../../src/indicators/parts/window-range.js';

const price = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.double({ min: 1e-5, max: 1e6, noNaN: true }));
const candle: fc.Arbitrary<CandleInput> = fc.tuple(price, price).map(([one, other]) => {
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  return { time: 0, open: one, high, low, close: other, volume: 1 };
});

test('the range of a window is that of a scan over its candles, none before it is full', () => {
  fc.assert(
    fc.property(fc.array(candle, { maxLength: 150 }), fc.integer({ min: 1, max: 30 }), (candles, period) => {
      const range = new WindowRange(period);
      candles.forEach((each, at) => {
        range.update(each);
        const window = candles.slice(Math.max(0, at + 1 - period), at + 1);
        const full = window.length === period;
        assert.equal(range.highest, full ? Math.max(...window.map(({ high }) => high)) : Number.NaN);
        assert.equal(range.lowest, full ? Math.min(...window.map(({ low }) => low)) : Number.NaN);
      });
    }),
  );
});
