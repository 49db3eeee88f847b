/** From the tenant's decision to the ledger: what a signal was made of comes with it, over the real actors and commits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Lineage, recompute } from '../../src/signals/lineage.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

async function madeAnew(node: TestNode, { id }: SignalRow) {
  const text = (await node.ledger.explained(id))?.lineage;
  assert.equal(typeof text, 'string');
  return recompute(JSON.parse(text as string) as Lineage).decided.decisions;
}

test('every account’s signal of a decision comes out of what was kept with it', async () => {
  await using node = await TestNode.open();
  const accounts: TestAccount[] = [await node.addAccount(), await node.addAccount()];
  const eas = await Promise.all(accounts.map((account) => ScriptedEa.ready(node, account)));
  await node.decide('BUY');
  for (const ea of eas) await ea.wait('SIGNAL');
  const opened = await node.signals();
  assert.equal(opened.length, 2);
  for (const row of opened) {
    const [decision] = await madeAnew(node, row);
    assert.deepEqual(decision, node.decisions[0]);
    assert.deepEqual([row.score, row.strength, row.parts], [decision?.score, decision?.strength, decision?.parts]);
    assert.deepEqual(decision?.absent, { ml: 'no model', pattern: 'no model' });
  }
});

test('a CLOSE that nothing is opened beside keeps what it was made of as well', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await node.decide('BUY');
  await ea.wait('SIGNAL');
  const { id, volume } = await node.signal();
  ea.result(id, { requestedVolume: volume, filledVolume: volume });
  ea.trade({ signalId: id, volume });
  await node.becomes('EXECUTED');
  await ea.settled();
  const decision = node.decision({ kind: 'CLOSE', stopLoss: 0, takeProfit: 0, closeTime: node.nowMs + 60_000 });
  assert.ok(node.account(account).tell({ kind: 'decision', timed: { decision, lineage: '"the close alone"' } }));
  await node.rest();
  const close = (await node.signals()).find(({ kind }) => kind === 'CLOSE');
  assert.ok(close);
  assert.equal((await node.ledger.explained(close.id))?.lineage, '"the close alone"');
});
