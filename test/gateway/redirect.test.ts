/** A node that is emptied while others stand, over real sockets: who is sent there, who is refused, and what becomes of the session. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Elsewhere } from '../../src/cluster/elsewhere.js';
import type { EndpointRecord } from '../../src/protocol/messages.js';
import { until } from '../support/actors.js';
import { TestNode } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

const DRAINING = { reason: 'the test wants it', pauseMs: 9_000 };
const HERE: EndpointRecord = { transport: 'TLS', host: 'here', port: 8_443 };
const THERE: EndpointRecord = { transport: 'TLS', host: 'there', port: 8_443 };

function withOther(sessions = 0): Promise<TestNode> {
  const usual = {
    session: 'b',
    version: '1',
    protocol: 2,
    fitForMs: 0,
    upForMs: 0,
    fit: true,
    why: null,
    url: null,
    busy: false,
  };
  const members = [{ node: 'b', ...usual, sessions, endpoints: ['tls://there:8443'] }];
  return TestNode.open({ elsewhere: new Elsewhere({ members: () => members, node: 'a', own: () => [], nowMs: () => 0 }) });
}

test('an emptied node sends an EA to the other node that it named, and one that named none away with a pause', async () => {
  await using node = await withOther();
  const [knows, knowsNone] = [await node.addAccount(), await node.addAccount()];
  const ea = await ScriptedEa.ready(node, knows, { endpoints: [HERE, THERE] });
  const alone = await ScriptedEa.ready(node, knowsNone, { endpoints: [HERE] });
  assert.equal(node.gateway.drain.begin(DRAINING), 2);
  assert.equal((await ea.wait('REDIRECT')).endpoint, 1);
  await until(() => ea.closed, 'its socket is closed');
  assert.deepEqual(ea.of('REFUSED'), []);
  assert.equal((await alone.wait('REFUSED')).retryAfterMs, 9_000);
  await node.gateway.drain.emptied();
  assert.equal(node.connections, 0);
});

test('who comes to an emptied node is sent on after its HELLO, and takes no epoch', async () => {
  await using node = await withOther();
  const account = await node.addAccount();
  node.gateway.drain.begin(DRAINING);
  const ea = await ScriptedEa.connect(node, account);
  ea.hello({ endpoints: [THERE, HERE] });
  assert.equal((await ea.wait('REDIRECT')).endpoint, 0);
  await until(() => ea.closed, 'its socket is closed');
  assert.equal((await node.ledger.accounts([account.id]))[0]?.epoch, 0);
  const alone = await ScriptedEa.connect(node, account);
  alone.hello();
  assert.equal((await alone.wait('REFUSED')).code, 'BUSY');
});

test('a node gives away what it has more than its share, and keeps the rest', async () => {
  await using node = await withOther(0);
  const accounts = [await node.addAccount(), await node.addAccount(), await node.addAccount()];
  const eas: ScriptedEa[] = [];
  for (const account of accounts) eas.push(await ScriptedEa.ready(node, account, { endpoints: [HERE, THERE] }));
  assert.equal(node.gateway.drain.rebalance(), 1);
  await until(() => node.connections === 2, 'one has gone');
  assert.equal(eas.flatMap((ea) => ea.of('REDIRECT')).length, 1);
});
