/** What is changed or stopped on one node reaches the others: at once by the bus, and by a look at the ledger where they are cut off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { until } from '../support/actors.js';
import type { TestAccount } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';
import { type ClusterNode, TestCluster } from '../support/test-cluster.js';

const HALT = { reason: 'a test', atMs: 1, by: 'operator' } as const;

/** As it was told last. */
function trades(ea: ScriptedEa): boolean {
  const told = ea.of('RISK').at(-1);
  return told?.tradingEnabled === true && !told.emergencyStop;
}

/** Each node with an EA of its own. */
async function manned(cluster: TestCluster): Promise<readonly { at: ClusterNode; account: TestAccount; ea: ScriptedEa }[]> {
  const first = cluster.nodes[0] as ClusterNode;
  const all = [];
  for (const [place, at] of cluster.nodes.entries()) {
    const account = await first.node.addAccount();
    const instance = String(place + 1).repeat(32);
    all.push({ at, account, ea: await ScriptedEa.ready(at.node, account, { login: 9_000 + place, instance }) });
  }
  return all;
}

test('an account that is disabled on one node is told so on its own, at once', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const [a, b] = [cluster.of('a'), cluster.of('b')];
  const account = await a.node.addAccount();
  const ea = await ScriptedEa.ready(b.node, account);
  assert.equal(trades(ea), true);
  await a.catalogue.disable({ id: account.id, reason: 'a test' });
  await until(() => trades(ea) === false, 'its EA is told, and no time has passed');
  b.link.up = false;
  await a.catalogue.enable({ id: account.id });
  await ea.settled();
  assert.equal(trades(ea), false, 'who is cut off is not told');
  await b.node.advance(LIMITS.session.changesMs);
  await until(() => trades(ea) === true, 'and looks');
});

test('a tenant that is stopped or changed on one node is so on the others, at once', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const [a, b] = [cluster.of('a'), cluster.of('b')];
  const account = await a.node.addAccount();
  const ea = await ScriptedEa.ready(b.node, account);
  await a.catalogue.haltTenant({ id: 'blue', reason: 'a test' });
  a.others.tellChanged('tenant', 'blue');
  await until(() => trades(ea) === false, 'its EA is told');
  b.link.up = false;
  await a.catalogue.resumeTenant({ id: 'blue' });
  await b.node.advance(LIMITS.session.changesMs);
  await until(() => trades(ea) === true, 'who is cut off looks');
});

test('a tenant’s own models that were added on one node are read anew on the others', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  cluster.of('a').others.tellChanged('own-models', 'blue');
  await until(() => cluster.of('b').ownModels.length > 0, 'it is told');
  assert.deepEqual([cluster.of('a').ownModels, cluster.of('b').ownModels], [[], ['blue']]);
});

test('stopped on one of three nodes, none of them lets a signal out, until it is lifted on another', async () => {
  await using cluster = await TestCluster.open('a', 'b', 'c');
  const all = await manned(cluster);
  let round = 0;
  const decide = async (): Promise<void> => {
    round += 1;
    for (const { at, account } of all) {
      const decision = at.node.decision({ closeTime: at.node.nowMs + round });
      at.node.account(account).tell({ kind: 'decision', timed: { decision } });
      await at.node.rest();
    }
    for (const { ea } of all) await ea.settled();
  };
  await cluster.of('a').others.stop.stop(HALT);
  await until(() => all.every(({ ea }) => trades(ea) === false), 'each EA is told, and no time has passed');
  await decide();
  assert.deepEqual(
    all.map(({ ea }) => ea.of('SIGNAL').length),
    [0, 0, 0],
  );
  assert.equal((await cluster.of('a').node.refusals()).length, 3, 'each account refused what was decided');
  await cluster.of('b').others.stop.lift();
  await until(() => all.every(({ ea }) => trades(ea) === true), 'each EA is told');
  await decide();
  assert.deepEqual(
    all.map(({ ea }) => ea.of('SIGNAL').length),
    [1, 1, 1],
  );
});

test('a node that is cut off the bus learns of the stop, and of its end, by the ledger', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const [a, b] = [cluster.of('a'), cluster.of('b')];
  b.link.up = false;
  await a.others.stop.stop(HALT);
  assert.equal(b.stop.halt, null);
  await b.node.advance(LIMITS.session.changesMs);
  await until(() => b.stop.halt?.reason === 'a test', 'it has looked');
  await a.others.stop.lift();
  await b.node.advance(LIMITS.session.changesMs);
  await until(() => b.stop.halt === null, 'it has looked again');
});

test('a stop that its own node cannot have kept is kept by whoever heard of it, and outlives them', async () => {
  await using cluster = await TestCluster.open('a', 'b', 'c');
  const [a, b, c] = [cluster.of('a'), cluster.of('b'), cluster.of('c')];
  a.hasLedger = false;
  c.hasLedger = false;
  await a.others.stop.stop(HALT);
  assert.equal(a.stop.halt?.reason, 'a test', 'it is stopped all the same');
  await until(() => b.stop.halt !== null && c.stop.halt !== null, 'the others are');
  await until(async () => (await b.node.ledger.emergencyStop()).stopped !== null, 'the ledger has it by b');
  await assert.rejects(a.others.stop.lift(), { code: 'UNREACHABLE', message: /stay stopped/ });
  assert.ok(a.stop.halt !== null);
  await c.kill();
  cluster.nodes.splice(cluster.nodes.indexOf(c), 1);
  const back = await cluster.join('c', c.folder);
  assert.equal(back.stop.halt?.reason, 'a test', 'a restart lifts nothing');
  await b.others.stop.lift();
  await until(() => back.stop.halt === null, 'it is lifted at c');
  a.hasLedger = true;
  await a.node.advance(LIMITS.session.changesMs);
  await until(() => a.stop.halt === null, 'and at a, which does not stop the others again');
  assert.equal((await b.node.ledger.emergencyStop()).stopped, null);
});

test('a node that was told to stop while it did not run stops all when it comes', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const b = cluster.of('b');
  await b.kill();
  cluster.nodes.splice(cluster.nodes.indexOf(b), 1);
  b.stop.set(HALT);
  await cluster.join('b', b.folder);
  await cluster.of('a').node.advance(LIMITS.session.changesMs);
  await until(() => cluster.of('a').stop.halt?.reason === 'a test', 'it has learned of it');
});

test('who stops the nodes while another lifts an older stop is not overruled by it', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const [a, b] = [cluster.of('a'), cluster.of('b')];
  await a.others.stop.stop(HALT);
  await until(() => b.stop.halt !== null, 'both are stopped');
  // Neither hears the other: b does not know that the ledger has changed.
  b.link.up = false;
  await a.others.stop.lift();
  await b.others.stop.stop({ ...HALT, reason: 'another', atMs: 2 });
  assert.equal((await b.node.ledger.emergencyStop()).stopped?.reason, 'another');
  await a.node.advance(LIMITS.session.changesMs);
  await until(() => a.stop.halt?.reason === 'another', 'a is stopped again');
});
