import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CorrelationMatrix } from '../../src/features/correlation-matrix.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { REGIMES } from '../../src/indicators/regime/regimes.js';
import { CorrelationBoard } from '../../src/patterns/correlation-board.js';
import { fillCorrelations } from '../../src/patterns/market-correlations.js';
import { systemClock } from '../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../src/storage/patterns/embedded/embedded-patterns.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const SYMBOLS = ['EURUSD', 'GBPUSD', 'USDJPY'];
const COUNT = 260;
/** Candles by which GBPUSD follows EURUSD. */
const FOLLOWS = 3;

/** GBPUSD does what EURUSD did three candles before; USDJPY what it likes. */
function filledBoard(): { readonly board: CorrelationBoard; readonly lastClose: number } {
  const board = new CorrelationBoard();
  const leader = walkOfCandles('EURUSD', 'M15', COUNT, 1);
  const loner = walkOfCandles('USDJPY', 'M15', COUNT, 2);
  const matrix = new CorrelationMatrix(SYMBOLS, 'M15');
  const take = (symbol: string, time: number, close: number): void =>
    void matrix.post(symbol, time, close, (row) => board.correlated(row));
  for (const [at, candle] of leader.entries()) {
    take('EURUSD', candle.time, candle.close);
    take('GBPUSD', candle.time, leader[Math.max(0, at - FOLLOWS)]?.close ?? 0);
    take('USDJPY', candle.time, loner[at]?.close ?? 0);
    const values = new Float64Array(COLUMNS.length).fill(Number.NaN);
    values[placeOf('regime')] = REGIMES.indexOf('QUIET');
    for (const symbol of ['EURUSD', 'GBPUSD']) board.vector({ candle: { ...candle, symbol }, values });
    values[placeOf('regime')] = REGIMES.indexOf('VOLATILE');
    board.vector({ candle: { ...candle, symbol: 'USDJPY' }, values });
  }
  return { board, lastClose: (leader.at(-1)?.time ?? 0) + 900_000 };
}

test('a pair is stored with its lag, strength and regime, and with its place by its correlations at every lag', async () => {
  const { board, lastClose } = filledBoard();
  const store = new EmbeddedPatterns(systemClock);
  assert.deepEqual(await fillCorrelations(store, board, { id: 'blue', symbols: SYMBOLS }), { stored: 3, removed: 0 });
  const page = await store.page('blue', 'correlations');
  const pair = page.find(({ item }) => item.symbols.join() === 'EURUSD,GBPUSD');
  assert.ok(pair);
  const { strength, lagMinutes, regime, persistence, updatedAtMs } = pair.item;
  assert.equal(lagMinutes, FOLLOWS * 15);
  assert.ok(strength > 0.999, `${strength}`);
  assert.ok(persistence > 0 && persistence < 1, `${persistence}`);
  assert.deepEqual([regime, updatedAtMs], ['QUIET', lastClose]);
  // In either window the strongest of its lags is where one follows the other.
  for (const from of [0, 61]) {
    const lags: number[] = [...pair.vector.subarray(from, from + 61)];
    assert.equal(lags.indexOf(Math.max(...lags)) - 30, FOLLOWS);
  }
  const other = page.find(({ item }) => item.symbols.join() === 'EURUSD,USDJPY');
  assert.ok(Math.abs(other?.item.strength ?? 1) < 0.6);
  assert.equal(other?.item.regime, '');
});

test('filled again there is no second of a pair, and a symbol that is followed no longer leaves', async () => {
  const { board } = filledBoard();
  const store = new EmbeddedPatterns(systemClock);
  await fillCorrelations(store, board, { id: 'blue', symbols: SYMBOLS });
  await fillCorrelations(store, board, { id: 'green', symbols: SYMBOLS });
  assert.deepEqual(await fillCorrelations(store, board, { id: 'blue', symbols: SYMBOLS }), { stored: 3, removed: 0 });
  assert.equal((await store.page('blue', 'correlations')).length, 3);
  assert.deepEqual(await fillCorrelations(store, board, { id: 'blue', symbols: SYMBOLS.slice(1) }), { stored: 1, removed: 2 });
  const left = await store.page('blue', 'correlations');
  assert.deepEqual(
    left.map(({ item }) => item.symbols),
    [['GBPUSD', 'USDJPY']],
  );
  assert.equal((await store.page('green', 'correlations')).length, 3);
});

test('where nothing is known yet, what was stored stays', async () => {
  const { board } = filledBoard();
  const store = new EmbeddedPatterns(systemClock);
  await fillCorrelations(store, board, { id: 'blue', symbols: SYMBOLS });
  assert.deepEqual(await fillCorrelations(store, new CorrelationBoard(), { id: 'blue', symbols: SYMBOLS }), {
    stored: 0,
    removed: 0,
  });
  assert.equal((await store.page('blue', 'correlations')).length, 3);
});
