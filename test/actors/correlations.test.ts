import assert from 'node:assert/strict';
import { test } from 'node:test';
import { correlationsActor } from '../../src/actors/correlations.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { CorrelationMatrix, type CorrelationRow } from '../../src/features/correlation-matrix.js';
import { LIMITS } from '../../src/limits.js';
import type { Candle } from '../../src/market/candle.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededRandom } from '../../src/runtime/random.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { testSystem } from '../support/actors.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const SYMBOLS = ['EURUSD', 'GBPUSD', 'USDJPY', 'USDCHF', 'AUDUSD', 'NZDUSD'];
const series = SYMBOLS.map((symbol, at) => walkOfCandles(symbol, 'M5', 200, at + 1));
/** All symbols' candles boundary by boundary. */
const closes = (from: number, to: number): Candle[] =>
  Array.from({ length: to - from }, (_, at) => series.map((candles) => candles[from + at] as Candle)).flat();

function expected(from: number): CorrelationRow[] {
  const rows: CorrelationRow[] = [];
  const matrix = new CorrelationMatrix(SYMBOLS, 'M5');
  for (const { symbol, time, close } of closes(0, 200)) matrix.post(symbol, time, close, (row) => rows.push(row));
  const first = series[0]?.[from]?.time ?? 0;
  return rows.filter(({ time }) => time >= first);
}

test('rows of live candles are those of the matrix, warm from the journal, a few closes at a time with pauses between', async () => {
  const clock = new SteppedClock(0);
  const scheduler = new DeterministicScheduler(seededRandom(1));
  await using world = testSystem({ scheduler, clock });
  const journal = new RecentCandles();
  for (const candle of closes(0, 150)) journal.append(candle);
  const rows: CorrelationRow[] = [];
  const ref = world.system.spawn(
    correlationsActor({ timeframe: 'M5', symbols: SYMBOLS, journal, onRow: (row) => rows.push(row) }),
  );
  for (const candle of closes(150, 200)) ref.tell({ kind: 'candle', candle });
  scheduler.drain();
  let mostAtOnce = 0;
  for (let dueMs = clock.nextDueMs(); dueMs !== undefined; dueMs = clock.nextDueMs()) {
    const before = rows.length;
    clock.advanceTo(dueMs);
    scheduler.drain();
    mostAtOnce = Math.max(mostAtOnce, rows.length - before);
  }
  assert.deepStrictEqual(rows, expected(150));
  const mostPerClose = (SYMBOLS.length - 1) * 2;
  assert.ok(mostAtOnce > 0 && mostAtOnce <= LIMITS.features.correlationBatch * mostPerClose, `${mostAtOnce} rows at once`);
  assert.equal(clock.nowMs(), (closes(0, 200).length / LIMITS.features.correlationBatch) * LIMITS.features.correlationPauseMs);
});
