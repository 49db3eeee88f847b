/** A demo that was stopped goes on where it was: its accounts have what they had, and none is stopped for a loss that was none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveConfig } from '../../src/config.js';
import { startDemo } from '../../src/demo/demo.js';
import { runStepped } from '../../src/demo/simulated-day.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import type { BalanceRow } from '../../src/storage/ledger/history.js';
import { ledgerFolder } from '../support/ledger-folder.js';

const MINUTE_MS = 60_000;

test('a demo that is started again on its folder trades on with what its accounts have', async () => {
  await using folder = await ledgerFolder();
  const { config } = resolveConfig({
    environment: {},
    flags: { data: folder.path, eaPort: 0, wsPort: 0, httpPort: 'off', analytics: 'off', demoEas: 3 },
  });
  const lived = async (minutes: number) => {
    const demo = await startDemo({ config, log: silentLogger, stepped: true, onProgress: () => {} });
    try {
      assert.ok(demo.clock instanceof SteppedClock);
      const untilMs = demo.market.startMs + minutes * MINUTE_MS;
      await runStepped(demo.clock, demo.activity, untilMs, new AbortController().signal);
      const accounts = (await demo.ledger.listAccounts({})).rows;
      await demo.node.close();
      const balances = await demo.ledger.newestBalances(accounts.map(({ id }) => id));
      return { accounts, balances };
    } finally {
      await demo.close();
    }
  };
  const first = await lived(6);
  const again = await lived(6);
  const equityOf = (rows: readonly BalanceRow[]) => new Map(rows.map(({ accountId, equity }) => [accountId, equity]));
  assert.ok(first.balances.length >= 3);
  const before = equityOf(first.balances);
  for (const { accountId, equity, drawdownPercent } of again.balances) {
    const had = before.get(accountId) ?? assert.fail(accountId);
    assert.ok(Math.abs(equity / had - 1) < 0.1, `${equity} after ${had}`);
    assert.ok(drawdownPercent < 15, `a drawdown of ${drawdownPercent} %`);
  }
  assert.deepEqual(
    again.accounts.filter(({ disabled }) => disabled !== null),
    [],
  );
  const deposits = (rows: readonly BalanceRow[]) => rows.map(({ newestMovement }) => newestMovement).sort();
  assert.deepEqual(deposits(again.balances), deposits(first.balances), 'nothing was paid in again');
});
