import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseBoard } from '../../../src/features/close-board.js';
import { dxy } from '../../../src/indicators/dollar/dxy.js';
import type { CandleInput, Indicator } from '../../../src/indicators/indicator.js';

/** Closes of 8 January 2024, and what the index stood at that day: 102.2 to 102.5. */
const CLOSES = { EURUSD: 1.095, USDJPY: 144.2, GBPUSD: 1.2748, USDCAD: 1.335, USDSEK: 10.23, USDCHF: 0.8485 };

const candle = (time: number, close: number): CandleInput => ({ time, open: close, high: close, low: close, close, volume: 1 });

function over(symbol: string, board: CloseBoard): Indicator {
  return dxy().create({ symbol, spanMs: 60_000, closeBefore: (other, time) => board.closeBefore(other, time) });
}

function boardOf(closes: Readonly<Record<string, number>>): CloseBoard {
  const board = new CloseBoard();
  for (const [symbol, close] of Object.entries(closes)) board.post(symbol, 0, close);
  return board;
}

function valueAfter(indicator: Indicator, next: CandleInput): number {
  indicator.update(next);
  return indicator.values[0] as number;
}

test('the six closes of a day give the index of that day, whichever of the six the stream is of, and on any other', () => {
  const board = boardOf(CLOSES);
  for (const [symbol, close] of [...Object.entries(CLOSES), ['AUDUSD', 0.67] as const]) {
    const index = valueAfter(over(symbol, board), candle(60_000, close));
    assert.ok(index > 102.2 && index < 102.5, `${index} on ${symbol}`);
  }
});

test('there is no value unless all six are known, and none any more on a candle before they were', () => {
  for (const missing of Object.keys(CLOSES)) {
    const board = boardOf(Object.fromEntries(Object.entries(CLOSES).filter(([symbol]) => symbol !== missing)));
    const indicator = over('XAUUSD', board);
    assert.ok(Number.isNaN(valueAfter(indicator, candle(60_000, 2_030))), `without ${missing}`);
    board.post(missing, 0, 1);
    assert.ok(Number.isFinite(valueAfter(indicator, candle(60_000, 2_030))));
    assert.ok(Number.isNaN(valueAfter(indicator, candle(0, 2_030))));
  }
});

test('its own close counts at once, that of another only on the candle after it', () => {
  const board = boardOf(CLOSES);
  const before = valueAfter(over('EURUSD', board), candle(60_000, 1.095));
  for (const symbol of Object.keys(CLOSES)) board.post(symbol, 60_000, 2);
  assert.equal(valueAfter(over('EURUSD', board), candle(60_000, 1.095)), before);
  const doubled = valueAfter(over('EURUSD', board), candle(60_000, 2.19));
  assert.ok(Math.abs(doubled / before - 2 ** -0.576) < 1e-12);
  assert.notEqual(valueAfter(over('EURUSD', board), candle(120_000, 1.095)), before);
});
