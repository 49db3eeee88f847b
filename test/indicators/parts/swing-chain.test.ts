import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CandleInput } from '../../../src/indicators/indicator.js';
import { SwingChain } from '../../../src/indicators/parts/swing-chain.js';

/** Candles half a point to either side of each price. */
const candlesOf = (prices: readonly number[]): CandleInput[] =>
  prices.map((price, time) => ({ time, open: price, high: price + 0.5, low: price - 0.5, close: price, volume: 1 }));

/** Rises are in points here. */
const POINT = { update: () => 1 };

/** What each candle did, where it did something: candle, change, and the newest swing's candle and price. */
function changes(candles: readonly CandleInput[], rise = 2): [number, string, number, number][] {
  const swings = new SwingChain(2, rise, 4, POINT);
  return candles.flatMap((candle, at) => {
    const change = swings.update(candle);
    return change === 'none' ? [] : [[at + 1, change, swings.candles[0], swings.prices[0]] as [number, string, number, number]];
  });
}

test('a swing is told when it has stood for its reach', () => {
  assert.deepEqual(changes(candlesOf([0, 1, 2, 3, 2, 1, 0, 1, 2])), [
    [6, 'new', 4, 3.5],
    [9, 'new', 7, -0.5],
  ]);
});

test('one nearer to the swing before than the least rise is none', () => {
  assert.deepEqual(changes(candlesOf([0, 1, 2, 3, 2, 1, 0, 1, 2]), 5), [[6, 'new', 4, 3.5]]);
});

test('a further one of the same kind moves the newest swing, a lesser one does not', () => {
  assert.deepEqual(changes(candlesOf([0, 1, 3, 2.5, 2, 3, 5, 3, 2.8, 4, 3, 2.9]), 9), [
    [5, 'new', 3, 3.5],
    [9, 'moved', 7, 5.5],
  ]);
});

test('the first of equals is the swing, and a candle that reaches out both ways is none', () => {
  assert.deepEqual(changes(candlesOf([0, 1, 3, 3, 1, 0])), [[5, 'new', 3, 3.5]]);
  const outside = candlesOf([0, 0.1, 0.2, 0.1, 0]).map((candle, at) => (at === 2 ? { ...candle, high: 9, low: -9 } : candle));
  assert.deepEqual(changes(outside), []);
});

test('as many swings as are kept stay in order, highs and lows in turn', () => {
  const swings = new SwingChain(2, 2, 4, POINT);
  for (const candle of candlesOf(Array.from({ length: 60 }, (_, at) => Math.abs((at % 12) - 6)))) swings.update(candle);
  const kept = [0, 1, 2, 3].map((back) => [swings.candles[back], swings.prices[back]]);
  assert.equal(swings.length, 4);
  assert.deepEqual(kept, [
    [55, -0.5],
    [49, 6.5],
    [43, -0.5],
    [37, 6.5],
  ]);
});
