import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CatalogueVector } from '../../src/features/feature-stream.js';
import { VectorWindow } from '../../src/features/vector-window.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const ATR = placeOf('atr_14');
const CANDLES = walkOfCandles('EURUSD', 'M1', 60);
const vectorAt = (at: number): CatalogueVector => ({
  candle: CANDLES[at] as CatalogueVector['candle'],
  values: Float64Array.from(COLUMNS, (_, place) => 1_000 * at + place),
});

test('however many vectors are pushed, the newest stand side by side, and there are no more than it holds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 40 }),
      (most, first, more) => {
        const all = Array.from({ length: first + more }, (_, at) => vectorAt(at));
        const window = new VectorWindow(all.slice(0, first), most);
        for (const row of all.slice(first)) window.push(row);
        const newest = all.slice(-most);
        assert.deepEqual(window.rows, newest);
        assert.equal(window.newest, all.at(-1));
        for (let steps = 1; steps <= newest.length; steps++) {
          const rows = newest.slice(-steps);
          assert.deepEqual(window.values(steps), Float64Array.from(rows.flatMap(({ values }) => [...values])));
          const prices = rows.flatMap(({ candle: { open, high, low, close }, values }) => [
            open,
            high,
            low,
            close,
            values[ATR] ?? 0,
          ]);
          assert.deepEqual(window.candles(steps), Float64Array.from(prices));
        }
        assert.equal(window.values(newest.length + 1), undefined);
        assert.equal(window.candles(newest.length + 1), undefined);
      },
    ),
  );
});
