import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WilderChanges } from '../../../src/indicators/parts/wilder-changes.js';

test('gains less losses, averaged, are the changes averaged', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 100 }),
      fc.integer({ min: 1, max: 20 }),
      (prices, period) => {
        const changes = new WilderChanges(period);
        let average = 0;
        prices.forEach((price, at) => {
          const change = at === 0 ? 0 : price - (prices[at - 1] as number);
          average = at <= period ? average + change / period : average + (change - average) / period;
          const candle = { time: at, open: price, high: price, low: price, close: price, volume: 0 };
          assert.equal(changes.update(candle), at >= period);
          if (at < period) return;
          assert.ok(changes.gain >= 0 && changes.loss >= 0);
          assert.ok(Math.abs(changes.gain - changes.loss - average) < 1e-9);
        });
      },
    ),
  );
});
