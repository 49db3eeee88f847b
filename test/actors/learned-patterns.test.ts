/** From an EA's words to the pattern store: over real sessions, commits and the ledger, as a node has them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { embeddingText } from '../../src/signals/lineage-embedding.js';
import { patternIdOf, strategyIdOf } from '../../src/patterns/pattern-ids.js';
import { systemClock } from '../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../src/storage/patterns/embedded/embedded-patterns.js';
import { axis } from '../contracts/patterns-world.js';
import { until } from '../support/actors.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

test('two accounts execute a decision and close it: one pattern, two outcomes, and the strategy’s figures', async () => {
  const store = new EmbeddedPatterns(systemClock);
  await using node = await TestNode.open({ patterns: store });
  const accounts: TestAccount[] = [await node.addAccount(), await node.addAccount()];
  const eas = await Promise.all(accounts.map((account) => ScriptedEa.ready(node, account)));
  const decision = node.decision();
  const lineage = JSON.stringify({ regime: 'QUIET', embedding: embeddingText(axis(3)), embedder: 'cnn-m1' });
  for (const account of accounts) node.account(account).tell({ kind: 'decision', timed: { decision, lineage } });
  for (const ea of eas) await ea.wait('SIGNAL');
  const rows = await node.signals();
  assert.equal(rows.length, 2);
  for (const [at, account] of accounts.entries()) {
    const row = rows.find(({ accountId }) => accountId === account.id);
    assert.ok(row);
    eas[at]?.result(row.id, { requestedVolume: row.volume, filledVolume: row.volume, price: 1.1 });
    eas[at]?.trade({ signalId: row.id, volume: row.volume, entry: 'IN', price: 1.1, deal: 11n });
  }
  const patterns = async () => (await store.page('blue', 'patterns')).map(({ item }) => item);
  await until(async () => (await patterns()).length > 0, 'the pattern of the executed signals is stored');
  assert.deepEqual(
    (await patterns()).map(({ id, trades }) => ({ id, trades })),
    [{ id: patternIdOf(decision), trades: 0 }],
  );
  for (const [at, account] of accounts.entries()) {
    const row = rows.find(({ accountId }) => accountId === account.id);
    assert.ok(row);
    // 20 pips for the one, 5 for the other.
    const price = at === 0 ? 1.102 : 1.1005;
    eas[at]?.trade({ signalId: row.id, volume: row.volume, entry: 'OUT', side: 'SELL', price, profit: 10, deal: 12n });
  }
  await until(async () => (await patterns())[0]?.trades === 2, 'both outcomes are counted');
  const [pattern] = await patterns();
  assert.deepEqual([pattern?.wins, pattern?.regime, pattern?.type, pattern?.counted.length], [1, 'QUIET', 'cnn-m1', 2]);
  assert.ok(Math.abs((pattern?.profitPips ?? 0) - 12.5) < 1e-6);
  const strategyId = strategyIdOf('blue', decision.strategy);
  await until(async () => (await store.get('blue', 'strategies', strategyId))?.item.trades === 2, 'the strategy has its figures');
  const strategy = (await store.get('blue', 'strategies', strategyId))?.item;
  assert.deepEqual([strategy?.winRate, strategy?.entryConditions, strategy?.timeframes], [1, ['score >= 60'], ['M15']]);
});
