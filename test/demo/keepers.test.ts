/** What a simulated while leaves in account history, cache and bus, held against the ledger and the node's own counts. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Config, resolveConfig } from '../../src/config.js';
import { type Demo, startDemo } from '../../src/demo/demo.js';
import { readBooks, runStepped } from '../../src/demo/simulated-day.js';
import type { UsageKind } from '../../src/accounts/usage.js';
import type { Candle } from '../../src/market/candle.js';
import { SteppedClock, systemClock } from '../../src/runtime/clock.js';
import { createLogger, LogLines, silentLogger } from '../../src/runtime/logger.js';
import { ChdbEngine } from '../../src/storage/analytics/chdb-engine.js';
import { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import { patternOf } from '../../src/storage/bus/subjects.js';
import { HotKeeper } from '../../src/storage/cache/hot-keeper.js';
import { marketKey, tenantId, tenantKey } from '../../src/storage/cache/keys.js';
import type { DealRow } from '../../src/storage/ledger/ledger.js';
import { rowsOf } from '../contracts/analytics-world.js';
import { until } from '../support/actors.js';
import { chdbMissing } from '../support/chdb.js';
import { ledgerFolder } from '../support/ledger-folder.js';

const HOUR_MS = 3_600_000;

function settings(data: string): Config {
  const flags = { data, eaPort: 0, wsPort: 0, httpPort: 'off', analytics: 'off', demoEas: 3 };
  return resolveConfig({ flags, environment: {} }).config;
}

async function advance(demo: Demo, hours: number): Promise<void> {
  assert.ok(demo.clock instanceof SteppedClock);
  const { clock, activity } = demo;
  await runStepped(clock, activity, clock.nowMs() + hours * HOUR_MS, new AbortController().signal);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('a simulated while', () => {
  it('is in account history by its counts, in the cache by its newest, and on the bus each candle and deal once', async () => {
    await using folder = await ledgerFolder();
    const demo = await startDemo({ config: settings(folder.path), log: silentLogger, stepped: true, onProgress: () => {} });
    try {
      const { bus, cache } = demo.node.keepers;
      const candles: Candle[] = [];
      const deals: DealRow[] = [];
      bus.consume(patternOf('candle'), { durable: 'candles', from: 'oldest' }, ({ payload }) => void candles.push(payload));
      bus.consume(patternOf('trade'), { durable: 'deals', from: 'oldest' }, ({ payload }) => void deals.push(payload));
      await advance(demo, 0.3);

      const books = await readBooks(demo.ledger);
      assert.ok(books.deals.length > 10, 'enough was dealt to compare');
      await until(
        () => candles.length >= demo.node.figures.counts.candles && deals.length >= books.deals.length,
        'the bus is read',
        60_000,
      );
      assert.equal(candles.length, demo.node.figures.counts.candles);
      assert.equal(new Set(candles.map(({ symbol, timeframe, time }) => `${symbol} ${timeframe} ${time}`)).size, candles.length);
      const tickets = (rows: readonly DealRow[]): readonly string[] =>
        rows.map(({ accountId, deal }) => `${accountId} ${deal}`).sort();
      assert.deepEqual(tickets(deals), tickets(books.deals));

      const newest = candles.findLast(({ symbol, timeframe }) => symbol === 'EURUSD' && timeframe === 'M1');
      const hot = demo.node.keepers.observers.find((observer) => observer instanceof HotKeeper);
      await until(() => hot?.waiting === 0, 'the cache has what was told', 60_000);
      assert.equal((await cache.get(marketKey('candles', 'EURUSD', 'M1')))?.at(-1)?.time, newest?.time);
      const { bid, ask, timeMs } = demo.node.board.latest('EURUSD') ?? {};
      const isNewest = async () => (await cache.get(marketKey('tick', 'EURUSD')))?.timeMs === timeMs;
      await until(isNewest, 'the cache has the newest tick');
      assert.deepEqual(await cache.get(marketKey('tick', 'EURUSD')), { symbol: 'EURUSD', bid, ask, timeMs });
      const owner = books.signals[0] ?? assert.fail('an EA had a signal');
      const { accountId } = owner;
      const money = await cache.get(tenantKey(tenantId(owner.tenantId), 'balance', accountId));

      // The hour that runs is counted in memory until the node ends.
      await demo.node.close();
      const { rows: usage } = await demo.ledger.listUsage();
      const used = (what: UsageKind): number => sum(usage.filter((row) => row.what === what).map(({ amount }) => amount));
      const { signals, refusals } = books;
      assert.deepEqual([used('signals'), used('refusals')], [signals.length, refusals.length]);
      const [row] = await demo.ledger.newestBalances([accountId]);
      assert.equal(row?.balance, money?.balance, 'the newest balance is the same in both');
    } finally {
      await demo.close();
    }
  });

  it('is logged in analytics by the machine’s clock, and not where time is simulated', { skip: chdbMissing() }, async () => {
    await using folder = await ledgerFolder();
    const logged = async (stepped: boolean): Promise<readonly (readonly unknown[])[]> => {
      const lines = new LogLines('hidden');
      const log = createLogger('info', lines);
      const config = { ...settings(folder.path), analytics: 'embedded' };
      const demo = await startDemo({ config, log, lines, stepped, onProgress: () => {} });
      log.info({ stepped }, 'it is said');
      await demo.close();
      log.info({}, 'nobody hears any more');
      const engine = await ChdbEngine.start({ folder: join(folder.path, 'analytics'), timers: systemClock });
      const store = new SqlAnalytics(engine);
      await store.migrate();
      const found = await rowsOf(store, "SELECT level, message, metadata['stepped'], abs(time - now64(3)) < 60 FROM suho.logs");
      await store.close();
      return found;
    };
    assert.deepEqual(await logged(true), []);
    assert.ok((await logged(false)).some((row) => row.join() === 'info,it is said,false,1'));
  });

  it('raises nothing more once account history has no room, and a node that does not is not ready', async () => {
    await using folder = await ledgerFolder();
    const demo = await startDemo({ config: settings(folder.path), log: silentLogger, stepped: true, onProgress: () => {} });
    try {
      await advance(demo, 0.15);
      const before = await readBooks(demo.ledger);
      assert.ok(before.signals.length > 0, 'there were signals while there was room');
      assert.equal((await demo.node.readiness()).ready, true);
      Object.defineProperty(demo.node.keepers, 'full', { value: true });
      await advance(demo, 0.15);
      const { signals, refusals } = await readBooks(demo.ledger);
      const opened = signals.slice(before.signals.length).filter(({ kind }) => kind === 'OPEN');
      assert.deepEqual(opened, []);
      const fresh = refusals.slice(before.refusals.length);
      assert.ok(fresh.length > 0, 'decisions went on');
      assert.ok(fresh.some(({ reason }) => reason === 'history-full'));
      const { ready, parts } = await demo.node.readiness();
      assert.deepEqual([ready, parts.capacity?.ok], [false, false]);
    } finally {
      await demo.close();
    }
  });
});
