import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CandleInput } from '../../../src/indicators/indicator.js';
import { CandleWindow, type MeasuredCandle } from '../../../src/indicators/parts/candle-window.js';

const candlesOf = (price: fc.Arbitrary<number>): fc.Arbitrary<CandleInput[]> =>
  fc.array(
    fc.tuple(price, price, price, price).map(([open, close, left, right]): CandleInput => {
      const prices = [open, close, left, right];
      return { time: 0, open, close, high: Math.max(...prices), low: Math.min(...prices), volume: 1 };
    }),
    { minLength: 14, maxLength: 60 },
  );

/** Whole prices, for bodies just as long as the mean; others; and such as jump from a millionth to a thousand million. */
const anyCandles = fc.oneof(
  candlesOf(fc.integer({ min: 1, max: 6 })),
  candlesOf(fc.double({ min: 0.5, max: 2, noNaN: true })),
  candlesOf(fc.double({ min: 1e-6, max: 1e9, noNaN: true })),
);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** What the window must say of the candle at this place. */
function expected(candles: readonly CandleInput[], at: number) {
  const { open, high, low, close } = candles[at] as CandleInput;
  const before = candles.slice(at - 10, at);
  const body = Math.abs(close - open);
  const meanBody = sum(before.map((one) => Math.abs(one.close - one.open))) / 10;
  const ranges = before.map((one) => one.high - one.low);
  return {
    open,
    high,
    low,
    close,
    top: Math.max(open, close),
    bottom: Math.min(open, close),
    body,
    upperShadow: high - Math.max(open, close),
    lowerShadow: Math.min(open, close) - low,
    white: close >= open,
    long: body > meanBody,
    short: body < meanBody,
    slight: 0.1 * (sum(ranges) / 10),
    near: 0.2 * (sum(ranges.slice(5)) / 5),
    far: 0.6 * (sum(ranges.slice(5)) / 5),
  };
}

test('the last four candles are measured by the ten candles before each, whatever came earlier', () => {
  fc.assert(
    fc.property(anyCandles, (candles) => {
      const window = new CandleWindow();
      candles.forEach((one, at) => {
        window.update(one);
        assert.equal(window.count, at + 1);
        if (at < 13) return;
        [window.now, window.last, window.second, window.third].forEach((measured, age) => {
          for (const [measure, value] of Object.entries(expected(candles, at - age))) {
            assert.equal(measured[measure as keyof MeasuredCandle], value, `${measure} of ${age} before candle ${at}`);
          }
        });
      });
    }),
  );
});

test('a body gaps above or below another only where they do not touch', () => {
  const window = new CandleWindow();
  const bodies = [
    [1, 2],
    [3, 2],
    [4, 5],
    [5, 4],
  ] as const;
  for (const [open, close] of bodies) window.update({ time: 0, open, close, high: 9, low: 0, volume: 1 });
  const { now, last, second, third } = window;
  assert.deepEqual([last.gapsAbove(second), second.gapsBelow(last)], [true, true]);
  assert.deepEqual([second.gapsAbove(third), third.gapsBelow(second)], [false, false]);
  assert.deepEqual([now.gapsAbove(last), last.gapsBelow(now)], [false, false]);
});
