/** What a simulated while leaves in analytics, held against the ledger and the node's own counts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../src/config.js';
import { startDemo } from '../../src/demo/demo.js';
import { readBooks, runStepped } from '../../src/demo/simulated-day.js';
import { callNode } from '../../src/admin/control.js';
import type { BrokersCompared } from '../../src/storage/analytics/brokers-compared.js';
import { SteppedClock, systemClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { openAnalytics } from '../../src/storage/analytics/open.js';
import type { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import { rowsOf } from '../contracts/analytics-world.js';
import { chdbMissing } from '../support/chdb.js';
import { ledgerFolder } from '../support/ledger-folder.js';

const HOURS = 0.3;

test('each candle, vector, balance, result and closed trade of a while is there once', {
  skip: chdbMissing(),
}, async () => {
  await using folder = await ledgerFolder();
  const flags = { data: folder.path, eaPort: 0, wsPort: 0, httpPort: 'off', demoEas: 3 };
  const { config } = resolveConfig({ flags, environment: {} });
  const demo = await startDemo({ config, log: silentLogger, stepped: true, onProgress: () => {} });
  assert.ok(demo.clock instanceof SteppedClock);
  const startMs = demo.market.startMs;
  await runStepped(demo.clock, demo.activity, startMs + HOURS * 3_600_000, new AbortController().signal);
  const { signals, executions, deals } = await readBooks(demo.ledger);
  const { candles } = demo.node.figures.counts;
  const { full, parts } = { full: demo.node.keepers.full, parts: demo.node.keepers.health() };
  // As `suho brokers` asks while the node has the store.
  const [tenantId] = signals.map((signal) => signal.tenantId);
  const question = { tenant: tenantId, symbols: [], fromMs: startMs, toMs: startMs + HOURS * 3_600_000 };
  const compared = (await callNode<BrokersCompared>(folder.path, 'brokers.compared', question))?.result;
  const { executed = 0, orderMsMedian, resultMsMedian } = compared?.fills.find((fills) => fills.executed > 0) ?? {};
  assert.ok(
    executed > 0 && Number(orderMsMedian) > 0 && Number(resultMsMedian) >= Number(orderMsMedian),
    JSON.stringify(compared),
  );
  await demo.close();

  const opened = await openAnalytics({ analytics: 'embedded', folder: folder.path, timers: systemClock });
  assert.ok(opened.kind === 'open');
  const store = opened.store as SqlAnalytics;
  try {
    const one = async (sql: string): Promise<unknown> => (await rowsOf(store, sql))[0];
    assert.deepEqual([full, parts.analytics], [false, { ok: true }]);
    assert.deepEqual(await one('SELECT count(), uniqExact(symbol, timeframe, time) FROM suho.candles'), [candles, candles]);
    assert.deepEqual(await one('SELECT count() FROM suho.features FINAL'), [candles]);
    const told = executions.filter(({ signalId }) => signals.some(({ id }) => id === signalId));
    assert.ok(told.length > 5, 'enough was executed to compare');
    assert.deepEqual(
      await one(`SELECT count(), countIf(outcome = 'EXECUTED'), sum(filled_volume) > 0 FROM suho.executions FINAL`),
      [told.length, told.filter(({ outcome }) => outcome === 'EXECUTED').length, 1],
    );
    const closed = signals.filter(({ state, kind }) => state === 'CLOSED' && kind === 'OPEN');
    assert.ok(closed.length > 2, 'enough was closed to compare');
    const profit = (id: string): number =>
      deals.filter(({ signalId }) => signalId === id).reduce((sum, each) => sum + each.profit + each.commission + each.swap, 0);
    const trades = (await rowsOf(
      store,
      'SELECT trade_id, tenant_id, profit + commission + swap FROM suho.closed_trades FINAL ORDER BY trade_id',
    )) as [string, string, number][];
    assert.deepEqual(
      trades.map(([id, tenant]) => [id, tenant]),
      closed.map(({ id, tenantId }) => [id, tenantId]).sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
    );
    for (const [id, , money] of trades)
      assert.ok(Math.abs(money - profit(id)) < 1e-9, `${id}: ${money}, in the ledger ${profit(id)}`);
    assert.deepEqual(
      await one('SELECT sum(total_trades), sum(wins + losses) <= sum(total_trades) FROM suho.trading_performance FINAL'),
      [closed.length, 1],
    );
    const accounts = new Set(demo.fleet.terminals.map(({ accountId }) => accountId)).size;
    // Quotes and heartbeats of a simulated past are older than what is kept: test/storage/analytics/analytics-recorder.test.ts.
    assert.deepEqual(await one('SELECT uniqExact(account_id) FROM suho.balance_history'), [accounts]);
  } finally {
    await store.close();
  }
});
