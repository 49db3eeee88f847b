import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseBoard } from '../../src/features/close-board.js';

test('a candle reads the newest close that started before it, whether the other symbol has closed beside it or not', () => {
  const board = new CloseBoard();
  assert.ok(Number.isNaN(board.closeBefore('EURUSD', 60_000)));
  board.post('EURUSD', 0, 1.1);
  assert.equal(board.closeBefore('EURUSD', 60_000), 1.1);
  board.post('EURUSD', 60_000, 1.2);
  assert.equal(board.closeBefore('EURUSD', 60_000), 1.1);
  assert.equal(board.closeBefore('EURUSD', 120_000), 1.2);
  assert.ok(Number.isNaN(board.closeBefore('EURUSD', 0)));
  assert.ok(Number.isNaN(board.closeBefore('USDJPY', 120_000)));
});

test('a close that is told again changes nothing', () => {
  const board = new CloseBoard();
  board.post('EURUSD', 0, 1.1);
  board.post('EURUSD', 60_000, 1.2);
  board.post('EURUSD', 60_000, 1.3);
  board.post('EURUSD', 0, 1.4);
  assert.equal(board.closeBefore('EURUSD', 60_000), 1.1);
  assert.equal(board.closeBefore('EURUSD', 120_000), 1.2);
});
