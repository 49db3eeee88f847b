/** What is asked of one node for an account whose EA is connected to another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LIMITS } from '../../src/limits.js';
import { seededIds } from '../../src/runtime/ids.js';
import { until } from '../support/actors.js';
import { resultMessage, ScriptedEa } from '../support/scripted-ea.js';
import { type ClusterNode, TestCluster } from '../support/test-cluster.js';

const request = (number: number): string => seededIds('requests').idFor(`${number}`, 0);

/** Time passes at the asker until it is settled. */
async function late({ node }: ClusterNode, settled: Promise<void>): Promise<void> {
  let isSettled = false;
  const end = settled.finally(() => {
    isSettled = true;
  });
  end.catch(() => {});
  await until(async () => {
    await node.advance(LIMITS.cluster.askMs / 4);
    return isSettled;
  }, 'what was asked is given up');
  await end;
}

async function commands({ node }: ClusterNode): Promise<readonly { readonly state: string }[]> {
  return (await node.ledger.listCommands()).rows;
}

test('a command is made and sent where the session is, its result is read anywhere, and asked twice it is one', async () => {
  await using cluster = await TestCluster.open('a', 'b', 'c');
  const [a, b, c] = [cluster.of('a'), cluster.of('b'), cluster.of('c')];
  const account = await a.node.addAccount();
  const ea = await ScriptedEa.ready(b.node, account);
  const wish = { id: account.id, action: 'close-all', request: request(1) };
  const [first, second] = await Promise.all([a.requests.ask(wish), c.requests.ask(wish)]);
  assert.ok(first.kind === 'asked' && second.kind === 'asked', JSON.stringify([first, second]));
  assert.equal(first.command.id, second.command.id);
  assert.equal(first.command.state, 'SENT');
  const sent = await ea.wait('COMMAND');
  assert.equal(sent.id, first.command.id);
  ea.say(resultMessage(sent.id, { subject: 'COMMAND', sentence: 'closed' }));
  const one = { id: account.id, command: sent.id };
  await until(async () => (await a.requests.state(one)).command.state === 'EXECUTED', 'its result is known at a');
  assert.equal((await c.requests.state(one)).command.said, 'closed');
  await ea.settled();
  assert.equal(ea.of('COMMAND').length, 1);
});

test('where no node has the session the asker knows at once, and what may wait is sent to whichever node its EA comes to', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const [a, b] = [cluster.of('a'), cluster.of('b')];
  const account = await a.node.addAccount();
  const away = await a.requests.ask({ id: account.id, action: 'close-all', request: request(1) });
  assert.ok(away.kind === 'refused' && away.away === true && away.unsure === undefined, JSON.stringify(away));
  const waits = await a.requests.ask({ id: account.id, action: 'close-all', request: request(2), waitMs: 60_000 });
  assert.ok(waits.kind === 'asked' && waits.command.state === 'PENDING');
  const ea = await ScriptedEa.ready(b.node, account);
  assert.equal((await ea.wait('COMMAND')).id, waits.command.id);
});

test('what waits is sent by a session that has just begun on another node', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const [a, b] = [cluster.of('a'), cluster.of('b')];
  const account = await a.node.addAccount();
  // The wish is put down while the session begins: the answer of b comes before it, and the second asking after it.
  let ea: ScriptedEa | undefined;
  const { ledger } = a.node;
  const commit = ledger.commit.bind(ledger);
  ledger.commit = async (ops) => {
    const results = await commit(ops);
    if (ea === undefined && ops[0]?.kind === 'command') {
      ledger.commit = commit;
      // It claimed before the row was there, as far as it knows.
      const claim = ledger.claimAll.bind(ledger);
      ledger.claimAll = async (hellos) => {
        ledger.claimAll = claim;
        return (await claim(hellos)).map((one) => (one.kind === 'claimed' ? { ...one, commands: [] } : one));
      };
      ea = await ScriptedEa.ready(b.node, account);
    }
    return results;
  };
  const asked = await a.requests.ask({ id: account.id, action: 'close-all', request: request(1), waitMs: 60_000 });
  assert.ok(asked.kind === 'asked');
  assert.equal((await (ea as unknown as ScriptedEa).wait('COMMAND')).id, asked.command.id);
  await until(async () => (await commands(b))[0]?.state === 'SENT', 'it is sent');
});

test('a node that is cut off is named, not guessed about, and does not act upon what was asked once it is back', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const [a, b] = [cluster.of('a'), cluster.of('b')];
  const account = await a.node.addAccount();
  const ea = await ScriptedEa.ready(b.node, account);
  b.link.up = false;
  const asking = a.requests.ask({ id: account.id, action: 'close-all', request: request(1) });
  await late(a, assert.rejects(asking, { code: 'UNREACHABLE', message: /b may have the session/ }));
  b.link.up = true;
  await ea.settled();
  assert.equal(ea.of('COMMAND').length, 0);
  assert.deepEqual(await commands(b), []);
});

test('a node that was stopped for longer than a question lasts does not act upon it', async () => {
  await using cluster = await TestCluster.open('a', 'b');
  const [a, b] = [cluster.of('a'), cluster.of('b')];
  const account = await a.node.addAccount();
  const ea = await ScriptedEa.ready(b.node, account);
  await b.node.advance(LIMITS.cluster.askMs + 1);
  const asking = a.requests.ask({ id: account.id, action: 'close-all', request: request(1) });
  // More turns than an answer takes, while no time passes at the asker.
  for (let turns = 0; turns < 200; turns++) await turn();
  assert.deepEqual(await commands(b), []);
  await late(a, assert.rejects(asking, { code: 'UNREACHABLE' }));
  await ea.settled();
  assert.equal(ea.of('COMMAND').length, 0);
});

test('of two nodes that think they have the session the one with the epoch sends, and the other ends its own', async () => {
  await using cluster = await TestCluster.open('a', 'b', 'c');
  const [a, b, c] = [cluster.of('a'), cluster.of('b'), cluster.of('c')];
  const account = await a.node.addAccount();
  const old = await ScriptedEa.ready(b.node, account);
  const ea = await ScriptedEa.ready(c.node, account);
  const answer = await a.requests.ask({ id: account.id, action: 'close-all', request: request(1) });
  assert.ok(answer.kind === 'asked', JSON.stringify(answer));
  assert.equal((await ea.wait('COMMAND')).id, answer.command.id);
  assert.equal(await old.ending(), 'NEWER_SESSION');
  assert.equal(old.of('COMMAND').length, 0);
  // And asked of the node itself whose session is over.
  const again = await b.requests.ask({ id: account.id, action: 'close-all', request: request(2) });
  assert.ok(again.kind === 'asked', JSON.stringify(again));
  assert.equal((await ea.wait('COMMAND', 2)).id, again.command.id);
});

test('what was committed and not sent when its node was killed is sent by the next, once', async () => {
  await using cluster = await TestCluster.open('a', 'b', 'c');
  const [a, b, c] = [cluster.of('a'), cluster.of('b'), cluster.of('c')];
  const account = await a.node.addAccount();
  const ea = await ScriptedEa.ready(b.node, account);
  // The row is in the ledger, and the answer never comes: the node is gone.
  b.node.grip.fail = 'after';
  const asking = a.requests.ask({ id: account.id, action: 'close-all', request: request(1) });
  await until(async () => (await commands(b)).length === 1, 'it is a row');
  assert.equal(ea.of('COMMAND').length, 0);
  b.link.up = false;
  ea.wire.destroy();
  b.node.grip.fail = undefined;
  const next = await ScriptedEa.ready(c.node, account);
  const sent = await next.wait('COMMAND');
  await late(a, assert.rejects(asking, { code: 'UNREACHABLE' }));
  const [row] = (await a.requests.list({ id: account.id })).map(({ command }) => command);
  assert.equal(row?.id, sent.id);
  const again = await a.requests.ask({ id: account.id, action: 'close-all', request: request(1) });
  assert.ok(again.kind === 'asked' && again.command.id === sent.id, 'the same request is the same command');
  await next.settled();
  assert.equal(next.of('COMMAND').length, 1);
});
