/** What becomes of the session that stands when an operator changes an account: real sockets, the real catalogue. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ChangeWatch } from '../../src/storage/ledger/change-watch.js';
import { Catalogue, type RotatedAccount } from '../../src/accounts/catalogue.js';
import { LIMITS } from '../../src/limits.js';
import { readTiers } from '../../src/storage/tier-table.js';
import { until } from '../support/actors.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { INSTANCE, ScriptedEa } from '../support/scripted-ea.js';

const TIERS = await readTiers();
const { overlapMs } = LIMITS.keys;

/** As the control socket wires it. */
function catalogueOf(node: TestNode): Catalogue {
  const changed = (account: { readonly id: string }): void =>
    void node.account({ id: account.id, key: '' }).tell({ kind: 'account', account: account as never });
  return new Catalogue({ ledger: node.ledger, tiers: TIERS, clock: node.clock, changed });
}

/** How an EA fares that comes with a key: welcome, or the code of its refusal. */
async function comesWith(node: TestNode, { id }: TestAccount, key: string): Promise<string> {
  const ea = await ScriptedEa.connect(node, { id, key });
  ea.hello();
  await ea.settled();
  if (ea.of('WELCOME').length > 0) return 'welcome';
  await node.advance(LIMITS.session.refusalDelayMostMs);
  return ea.ending();
}

test('a revoked key ends the session that stands with a coded refusal, and lets nobody in until there is another', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const catalogue = catalogueOf(node);
  const ea = await ScriptedEa.ready(node, account);
  await catalogue.revokeKey({ id: account.id });
  assert.equal(await ea.ending(), 'BAD_KEY');
  assert.match(ea.of('REFUSED')[0]?.sentence ?? '', /revoked/);
  assert.equal(await comesWith(node, account, account.key), 'BAD_KEY');
  const { key, previousUntil } = await catalogue.rotateKey({ id: account.id });
  assert.equal(previousUntil, null, 'nobody has the key before');
  assert.equal(await comesWith(node, account, key), 'welcome');
});

test('while an account changes its key both let in and the session stands, until the overlap is over', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const catalogue = catalogueOf(node);
  const ea = await ScriptedEa.ready(node, account);
  const { key, previousUntil } = await catalogue.rotateKey({ id: account.id });
  assert.equal(previousUntil, node.nowMs + overlapMs);
  await assert.rejects(catalogue.rotateKey({ id: account.id }), { code: 'CONFLICT' });
  await assert.rejects(catalogue.finishRotation({ id: account.id }), { code: 'CONFLICT', message: /no EA has come/ });
  await ea.settled();
  assert.equal(ea.closed, false);
  const usedAt = async (): Promise<number | null | undefined> => (await catalogue.listAccounts({}))[0]?.keyUsedAt;
  assert.equal(await comesWith(node, account, account.key), 'welcome');
  assert.equal(await usedAt(), null);
  const firstMs = node.nowMs;
  assert.equal(await comesWith(node, account, key), 'welcome');
  assert.equal(await usedAt(), firstMs, 'the first use of the newer key is shown');
  node.clock.advanceTo(node.nowMs + overlapMs);
  assert.equal(await comesWith(node, account, account.key), 'BAD_KEY');
  assert.equal(await comesWith(node, account, key), 'welcome');
});

test('the change of keys ends at once where an operator says that it is done', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const catalogue = catalogueOf(node);
  await ScriptedEa.ready(node, account);
  const { key } = await catalogue.rotateKey({ id: account.id, overlap: '30m' });
  const ea = await ScriptedEa.connect(node, { id: account.id, key });
  ea.hello();
  await ea.wait('WELCOME');
  await catalogue.finishRotation({ id: account.id });
  await ea.settled();
  assert.equal(ea.closed, false);
  assert.equal(await comesWith(node, account, account.key), 'BAD_KEY');
});

test('a key that has leaked is worth nothing at once, and what its session still tells is not stored', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const catalogue = catalogueOf(node);
  const ea = await ScriptedEa.ready(node, account);
  node.grip.hold();
  ea.trade({ deal: 1n });
  await until(() => node.grip.waiting === 1, 'its trade is on the way to the ledger');
  const rotated: RotatedAccount = await catalogue.rotateKey({ id: account.id, now: true });
  node.grip.release();
  assert.equal(await ea.ending(), 'BAD_KEY');
  assert.match(ea.of('REFUSED')[0]?.sentence ?? '', /replaced/);
  assert.deepEqual((await node.ledger.listDeals()).rows, []);
  assert.equal(await comesWith(node, account, account.key), 'BAD_KEY');
  assert.equal(await comesWith(node, account, rotated.key), 'welcome');
});

test('an account that is bound anew ends its session, and takes the login of the next EA', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const catalogue = catalogueOf(node);
  const ea = await ScriptedEa.ready(node, account);
  await catalogue.unbind({ id: account.id });
  assert.equal(await ea.ending(), 'KEY_CHANGED');
  await ScriptedEa.ready(node, account, { login: 7_777, server: 'Other-Live', currency: 'EUR' });
  const old = await ScriptedEa.connect(node, account);
  old.hello();
  assert.equal(await old.ending(), 'BOUND_ELSEWHERE');
});

test('a key that is taken between its check and its session lets nobody in', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const claimAll = node.ledger.claimAll.bind(node.ledger);
  node.ledger.claimAll = async (hellos) => {
    await node.ledger.setAccountKey(account.id, { kind: 'revoked', keyHash: 'cd'.repeat(32) }, node.nowMs);
    return claimAll(hellos);
  };
  const ea = await ScriptedEa.connect(node, account);
  ea.hello();
  await ea.settled();
  await node.advance(LIMITS.session.refusalDelayFirstMs);
  assert.equal(await ea.ending(), 'BAD_KEY');
  assert.equal((await node.ledger.accounts([account.id]))[0]?.instance, null);
});

test('another mode reaches the session that stands as its next state of risk', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const before = ea.of('RISK').at(-1);
  await catalogueOf(node).setMode({ id: account.id, mode: 'observe' });
  const after = await ea.wait('RISK', 2);
  assert.ok(after.revision > (before?.revision ?? 0));
  assert.deepEqual([before?.tradingEnabled, after.tradingEnabled], [true, false]);
});

test('what is changed past the node ends the session as well, within a look at the ledger', async () => {
  await using node = await TestNode.open();
  const [first, second] = [await node.addAccount(), await node.addAccount()];
  await node.ledger.setAccountMode(first.id, 'live', node.nowMs);
  const told: string[] = [];
  const watch = new ChangeWatch({
    changes: (after) => node.ledger.changedAccounts(after),
    timers: node.clock,
    changed: (account) => {
      told.push(account.id);
      node.account({ id: account.id, key: '' }).tell({ kind: 'account', account });
    },
  });
  watch.start();
  const ea = await ScriptedEa.ready(node, first);
  const neighbour = await ScriptedEa.ready(node, second, { login: 5_002, instance: INSTANCE });
  const working = node.ledger.changedAccounts.bind(node.ledger);
  await node.ledger.setAccountKey(first.id, { kind: 'revoked', keyHash: 'cd'.repeat(32) }, node.nowMs);
  node.ledger.changedAccounts = () => Promise.reject(new Error('down'));
  await node.advance(LIMITS.session.changesMs);
  assert.equal(ea.closed, false);
  node.ledger.changedAccounts = working;
  await node.advance(LIMITS.session.changesMs);
  assert.equal(await ea.ending(), 'BAD_KEY');
  await neighbour.settled();
  assert.equal(neighbour.closed, false);
  assert.deepEqual(told, [first.id], 'nothing of before, and nothing twice');
  await watch.close();
});
