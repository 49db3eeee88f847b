/** The whole way of a row: handed over, waiting while the store is away, and in the store once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Activity, untilIdle } from '../../../src/runtime/activity.js';
import { SteppedClock, systemClock } from '../../../src/runtime/clock.js';
import { silentLogger } from '../../../src/runtime/logger.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { AnalyticsWriter } from '../../../src/storage/analytics/analytics-writer.js';
import { ChdbEngine } from '../../../src/storage/analytics/chdb-engine.js';
import { ClickHouseEngine } from '../../../src/storage/analytics/clickhouse-engine.js';
import { SqlAnalytics } from '../../../src/storage/analytics/sql-analytics.js';
import type { RowOf } from '../../../src/storage/analytics/tables.js';
import { DAY, rowsOf, sampleRow } from '../../contracts/analytics-world.js';
import { chdbMissing } from '../../support/chdb.js';
import { startClickHouse } from '../../support/clickhouse-server.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const FAST = { batchItems: 50, flushMs: 20, retryFirstMs: 5, retryMostMs: 50, breakerOpenMs: 30 };

function open(store: SqlAnalytics, folder: string, limits: object = {}): Promise<AnalyticsWriter> {
  const from = { clock: systemClock, random: seededRandom(1), logger: silentLogger };
  return AnalyticsWriter.open({ store, folder, ...from, limits: { ...FAST, ...limits } });
}

function candle(n: number): RowOf<'candles'> {
  return sampleRow('candles', { time: DAY + n * 1_000, close: n });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

/** How many there are, before and after repeats are counted once, and whether each came in the order of its making. */
async function found(store: SqlAnalytics): Promise<unknown> {
  return rowsOf(store, 'SELECT count(), uniqExact(time), min(close), max(close) FROM suho.candles FINAL');
}

describe('the analytics writer', { skip: chdbMissing() }, () => {
  it('through an engine that is killed again and again, each row is there once', async () => {
    await using folder = await temporaryFolder();
    const engine = await ChdbEngine.start({ folder: `${folder.path}/analytics`, timers: systemClock });
    const store = new SqlAnalytics(engine);
    const writer = await open(store, folder.path);
    for (let n = 0; n < 600; n++) {
      assert.ok(writer.record('candles', candle(n)));
      if (n % 10 === 0) await turn();
      if (n % 300 === 200) {
        await until(() => writer.figures.droppable.written > 0 || writer.fault !== undefined);
        await engine.kill();
      }
    }
    await until(() => writer.figures.droppable.written === 600);
    await writer.close();
    assert.deepEqual(await found(store), [[600, 600, 0, 599]]);
    await store.close();
  });

  it('a server that fails and loses answers for a while has each row once, and a restarted node brings what waited', async () => {
    await using folder = await temporaryFolder();
    await using server = await startClickHouse(`${folder.path}/server`);
    const store = new SqlAnalytics(new ClickHouseEngine(server.url));
    const first = await open(store, folder.path);
    server.trouble = 503;
    for (let n = 0; n < 120; n++) first.record('candles', candle(n));
    await until(() => first.figures.droppable.spilled === 120 && first.figures.droppable.failures > 2);
    await first.close();
    const second = await open(store, folder.path);
    for (let n = 120; n < 240; n++) second.record('candles', candle(n));
    await until(() => second.figures.droppable.failures > 0);
    server.trouble = 'cut';
    const { failures } = second.figures.droppable;
    await until(() => second.figures.droppable.failures > failures + 2);
    server.trouble = undefined;
    await until(() => second.figures.droppable.written === 240);
    await second.close();
    assert.deepEqual(await found(store), [[240, 240, 0, 239]]);
    assert.deepEqual(await rowsOf(store, 'SELECT count() FROM suho.candles'), [[240]], 'no batch became a part twice');
    await store.close();
  });

  it('with the disk full, candles leave a marked gap, and balances stop what would need their room', async () => {
    await using folder = await temporaryFolder();
    await using server = await startClickHouse(`${folder.path}/server`);
    const store = new SqlAnalytics(new ClickHouseEngine(server.url));
    const writer = await open(store, folder.path, { queue: 200, segment: 8_000, segments: 4 });
    server.trouble = 503;
    const balances: number[] = [];
    for (let n = 0; n < 2_000; n++) {
      assert.ok(writer.record('candles', candle(n)));
      if (writer.record('balanceHistory', sampleRow('balanceHistory', { time: DAY + n, balance: n }))) balances.push(n);
      if (n % 50 === 49) for (let wait = 0; wait < 5; wait++) await turn();
    }
    const { dropped } = writer.figures.droppable;
    assert.ok(dropped > 0 && writer.full && balances.length < 2_000, `${dropped} dropped, ${balances.length} balances taken`);
    server.trouble = undefined;
    await until(() => writer.figures.kept.written === balances.length && writer.figures.droppable.spilled === 0);
    await writer.close();
    const kept = 2_000 - writer.figures.droppable.dropped;
    assert.deepEqual(await rowsOf(store, 'SELECT count() FROM suho.candles FINAL'), [[kept]]);
    const stored = await rowsOf(store, 'SELECT toUInt32(balance) FROM suho.balance_history FINAL ORDER BY time');
    assert.deepEqual(
      stored.map(([balance]) => balance),
      balances,
    );
    assert.deepEqual(await rowsOf(store, "SELECT sum(items) FROM suho.gaps FINAL WHERE lane = 'droppable'"), [
      [writer.figures.droppable.dropped],
    ]);
    assert.ok(!writer.full);
    await store.close();
  });

  it('simulated time waits until what was due has been stored', async () => {
    await using folder = await temporaryFolder();
    const store = new SqlAnalytics(await ChdbEngine.start({ folder: `${folder.path}/analytics`, timers: systemClock }));
    const [clock, activity] = [new SteppedClock(0), new Activity()];
    const from = { clock, activity, random: seededRandom(1), logger: silentLogger };
    const writer = await AnalyticsWriter.open({ store, folder: folder.path, ...from });
    writer.record('candles', candle(1));
    clock.advanceTo(4_999);
    await untilIdle(activity);
    assert.equal(writer.figures.droppable.written, 0);
    clock.advanceTo(5_000);
    await untilIdle(activity);
    assert.equal(writer.figures.droppable.written, 1);
    await writer.close();
    await store.close();
  });

  it('rows that the engine refuses for good are counted, and hold up no other table', async () => {
    await using folder = await temporaryFolder();
    const store = new SqlAnalytics(await ChdbEngine.start({ folder: `${folder.path}/analytics`, timers: systemClock }));
    const writer = await open(store, folder.path);
    writer.record('correlations', sampleRow('correlations', { lag: 0.5 }));
    writer.record('candles', candle(1));
    await until(() => writer.figures.droppable.written === 1);
    assert.equal(writer.figures.droppable.refused, 1);
    await writer.close();
    assert.deepEqual(await rowsOf(store, 'SELECT count() FROM suho.candles'), [[1]]);
    await store.close();
  });
});
