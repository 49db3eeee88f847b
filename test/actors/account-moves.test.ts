/** An account that has just moved to this node, and a feed that is just being taken up: what is not known yet costs no signal. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { until } from '../support/actors.js';
import { TestNode } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

const BID = 1.1;
const ASK = 1.1001;

/** A session that is no longer young, and whose quotes are of now. */
async function settled(node: TestNode, ea: ScriptedEa): Promise<void> {
  for (let second = 0; second < 20; second += 5) {
    await node.advance(5_000);
    ea.heartbeat();
  }
  node.post('EURUSD', BID, ASK);
  ea.quote(BID, ASK);
  await ea.settled();
}

test('a decision waits for the reference while another node takes up the feed, and is signalled once there is one', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await settled(node, ea);
  await node.advance(LIMITS.quote.referenceMs + 500);
  ea.quote(BID, ASK);
  await ea.settled();
  assert.ok(node.account(account).tell({ kind: 'decision', timed: { decision: node.decision() } }));
  await node.advance(1_000);
  assert.deepEqual([await node.signals(), await node.refusals()], [[], []]);
  node.post('EURUSD', BID, ASK);
  ea.quote(BID, ASK);
  await ea.settled();
  await node.advance(500);
  await ea.wait('SIGNAL');
  assert.deepEqual(await node.refusals(), []);
});

test('where no reference comes the decision is refused for want of one', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await settled(node, ea);
  await node.advance(LIMITS.quote.referenceMs + 500);
  ea.quote(BID, ASK);
  await ea.settled();
  const decision = node.decision();
  assert.ok(node.account(account).tell({ kind: 'decision', timed: { decision } }));
  for (let waited = 0; waited <= LIMITS.quote.referenceWaitMs; waited += 500) {
    ea.quote(BID, ASK);
    await ea.settled();
    await node.advance(500);
  }
  await node.rest();
  assert.deepEqual(
    (await node.refusals()).map(({ reason }) => reason),
    ['reference-missing'],
  );
  assert.deepEqual(await node.signals(), []);
});

test('what a moved account is offered again takes no room from what is new to it', async () => {
  await using node = await TestNode.open();
  await node.changeTenant({ trading: { risk: { openPositionsMost: 2 } } });
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const old = [1, 2].map((at) => node.decision({ closeTime: node.nowMs - at }));
  for (const decision of old) node.account(account).tell({ kind: 'decision', timed: { decision } });
  await ea.wait('SIGNAL', 2);
  for (const { id } of ea.of('SIGNAL'))
    ea.result(id, { outcome: 'REJECTED', filledVolume: 0, price: 0, retcode: 10_019, order: 0n, position: 0n, deals: [] });
  await until(async () => (await node.signals()).every(({ state }) => state === 'REJECTED'), 'both are decided');
  const again = await ScriptedEa.ready(node, account);
  const fresh = node.decision({ closeTime: node.nowMs });
  for (const decision of [...old, fresh]) node.account(account).tell({ kind: 'decision', timed: { decision } });
  await node.rest();
  await node.advance(500);
  await again.wait('SIGNAL');
  assert.deepEqual(await node.refusals(), []);
  assert.equal((await node.signals()).length, 3);
});

test('a session comes to its account while a fan-out waits for its turns: those who pass it on wait behind nobody', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  await ScriptedEa.ready(node, account);
  const [tenant] = await node.ledger.listTenants();
  assert.ok(tenant);
  let turns = 0;
  const create = () => ({
    receive: () => {
      turns += 1;
    },
  });
  const crowd = Array.from({ length: 1_000 }, (_, at) => node.system.spawn<string>({ name: `a${at}`, create }));
  for (const actor of crowd) actor.tell('told');
  const before = await new Promise<number>((resolve) => {
    const message = { kind: 'decision', timed: { decision: node.decision() } } as const;
    const to = { kind: 'attach', accountId: account.id, message, attached: () => resolve(turns) } as const;
    assert.ok(node.tenants.tell({ kind: 'attach', tenant, to }));
  });
  assert.ok(before < 200, `after ${before} of the crowd`);
});
