import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Candle } from '../../src/market/candle.js';
import { mergeCandles } from '../../src/market/merge.js';

const at = (minute: number, close: number, gapBefore = 0): Candle => ({
  symbol: 'EURUSD',
  timeframe: 'M1',
  time: minute * 60_000,
  open: 1,
  high: 2,
  low: 1,
  close,
  volume: 1,
  spread: 0,
  gapBefore,
});

test('history fills the gaps of live, wins nowhere else, and gaps are counted anew', () => {
  const history = [at(1, 1.1), at(2, 1.1), at(4, 1.1, 1), at(5, 1.1), at(9, 1.1, 3)];
  const live = [at(4, 1.9), at(6, 1.9, 1), at(8, 1.9, 1)];
  assert.deepEqual(
    mergeCandles(history, live).map(({ time, close, gapBefore }) => [time / 60_000, close, gapBefore]),
    [
      [1, 1.1, 0],
      [2, 1.1, 0],
      [4, 1.9, 1],
      [5, 1.1, 0],
      [6, 1.9, 0],
      [8, 1.9, 1],
      [9, 1.1, 0],
    ],
  );
});

test('any two series merge to what a table keyed by start holds when history is written first and live over it', () => {
  const starts = fc.uniqueArray(fc.nat(60)).map((minutes) => minutes.sort((a, b) => a - b));
  fc.assert(
    fc.property(starts, starts, (past, present) => {
      const table = new Map<number, number>([
        ...past.map((minute) => [minute, 1.1] as const),
        ...present.map((minute) => [minute, 1.9] as const),
      ]);
      const expected = [...table].sort(([a], [b]) => a - b);
      const merged = mergeCandles(
        past.map((minute) => at(minute, 1.1)),
        present.map((minute) => at(minute, 1.9)),
      );
      assert.deepEqual(
        merged.map(({ time, close, gapBefore }) => [time / 60_000, close, gapBefore]),
        expected.map(([minute, close], index) => [minute, close, index === 0 ? 0 : minute - (expected[index - 1]?.[0] ?? 0) - 1]),
      );
    }),
  );
});
