/** Many with wrong keys, over real sockets from 127.0.0.2 to 127.0.0.200, on a clock that stands: whatever waits, waits. */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { encodeFrame } from '../../src/protocol/frame-writer.js';
import { seededIds } from '../../src/runtime/ids.js';
import { until } from '../support/actors.js';
import { helloMessage } from '../support/ea-messages.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { INSTANCE, ScriptedEa } from '../support/scripted-ea.js';

const { refusalDelayFirstMs, refusalDelayMostMs, refusalsPerAddress, refusalsPerNode, lookups } = LIMITS.session;
const WRONG_KEYS = 10_000;
const AT_ONCE = 200;
const ids = seededIds('wrong keys');

function wrongHello(at: number, nowMs: number): Uint8Array {
  const message = helloMessage({ accountId: ids.idFor(`${at}`, nowMs), instance: INSTANCE, apiKey: ids.secretFor(`${at}`) });
  return encodeFrame({ profile: 2, flags: 0, seq: 0, ack: 0, timeUs: nowMs * 1_000, message });
}

/** Clients that say one wrong HELLO each and wait. */
class Flood implements AsyncDisposable {
  readonly sockets = new Set<Socket>();
  answered = 0;
  ended = 0;

  constructor(readonly node: TestNode) {}

  /** Of how many the node has found that their key is wrong: they wait for their refusal, or were cut off. */
  get judged(): number {
    const { addresses } = this.node.gateway;
    return addresses.refusals + addresses.cutOff;
  }

  async come(at: number, localAddress: string): Promise<void> {
    const before = this.judged;
    this.send(at, localAddress);
    await until(() => this.judged > before, 'it is judged');
  }

  send(at: number, localAddress: string): void {
    const socket = connect({ host: '127.0.0.1', port: this.node.port('tcp'), localAddress });
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => {
      this.answered += 1;
    });
    socket.on('close', () => {
      this.ended += 1;
      this.sockets.delete(socket);
    });
    socket.write(wrongHello(at, this.node.nowMs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await until(() => this.sockets.size === 0, 'the flood has left');
  }
}

async function welcomed(node: TestNode, account: TestAccount): Promise<ScriptedEa> {
  const ea = await ScriptedEa.connect(node, account);
  ea.hello();
  await ea.wait('WELCOME');
  return ea;
}

test('10,000 wrong keys from 127.0.0.2-200 do not delay a right one from 127.0.0.1', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  await using flood = new Flood(node);
  const { addresses } = node.gateway;
  const startMs = node.nowMs;
  const flows = async (from: number, to: number): Promise<void> => {
    for (let at = from; at < to; at += 1) {
      await until(() => at - flood.judged < AT_ONCE, 'the flood goes on', 60_000);
      flood.send(at, `127.0.0.${2 + (at % 199)}`);
    }
  };
  await flows(0, WRONG_KEYS / 4);
  const rest = flows(WRONG_KEYS / 4, WRONG_KEYS);
  const first = await welcomed(node, account);
  const wrongThen = flood.judged;
  assert.ok(wrongThen < WRONG_KEYS, `the right one was let in after ${wrongThen} wrong ones, in their midst`);
  await rest;
  await until(() => flood.judged === WRONG_KEYS, 'each wrong key is judged', 60_000);
  assert.equal(addresses.refusals, refusalsPerNode, 'as many wait as may');
  const second = await welcomed(node, account);
  assert.equal(await first.ending(), 'NEWER_SESSION');
  assert.equal(node.nowMs, startMs, 'no time has passed: neither waited for anything');
  assert.equal(flood.answered, 0, 'and nobody was told that its key is wrong');
  node.clock.advanceTo(startMs + refusalDelayMostMs);
  await until(() => flood.ended === WRONG_KEYS, 'each refusal has come', 60_000);
  assert.equal(flood.answered, refusalsPerNode, 'who waited is told, and who found no room is cut off');
  await until(() => node.connections === 1, 'nobody else is there');
  assert.deepEqual([addresses.refusals, second.closed], [0, false]);
});

test('what the same address gets: a right key no delay, a wrong one the longest, and beyond its bound none a place', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  await using flood = new Flood(node);
  const { addresses } = node.gateway;
  for (let at = 0; at < refusalsPerAddress; at += 1) await flood.come(at, '127.0.0.1');
  assert.equal(addresses.refusals, refusalsPerAddress);
  const startMs = node.nowMs;
  const right = await welcomed(node, account);
  assert.equal(node.nowMs, startMs);
  await flood.come(refusalsPerAddress, '127.0.0.1');
  await until(() => flood.ended === 1, 'one more finds no room to wait');
  assert.deepEqual([flood.answered, addresses.cutOff], [0, 1]);

  const told = (): number => flood.answered;
  node.clock.advanceTo(startMs + refusalDelayFirstMs);
  await until(() => told() === 1, 'the first waited shortest');
  node.clock.advanceTo(startMs + refusalDelayMostMs - 1);
  const growing = Math.log2(refusalDelayMostMs / refusalDelayFirstMs);
  await until(() => told() === growing, 'then each twice as long as the one before');
  await until(() => addresses.refusals === refusalsPerAddress - growing, 'the others wait the longest');
  node.clock.advanceTo(startMs + refusalDelayMostMs);
  await until(() => told() === refusalsPerAddress, 'and then they are told');
  assert.equal(right.closed, false);
});

test('however many HELLOs come at once, the ledger is asked one question at a time, each for all that wait', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  await using flood = new Flood(node);
  const look = node.ledger.accounts.bind(node.ledger);
  const asked: number[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let underWay = 0;
  node.ledger.accounts = async (wanted) => {
    asked.push(wanted.length);
    underWay += 1;
    assert.equal(underWay, 1);
    await held;
    underWay -= 1;
    return look(wanted);
  };
  const many = 2 * lookups;
  for (let at = 0; at < many; at += 1) flood.send(at, `127.0.1.${1 + (at % 100)}`);
  await until(() => node.heard === many, 'all have come');
  const ea = await ScriptedEa.connect(node, account);
  ea.hello();
  await until(() => node.heard === many + 1, 'a right one among them');
  release();
  await ea.wait('WELCOME');
  await until(() => flood.judged === many, 'the others wait for their refusal');
  assert.ok(asked.length <= 4, `${asked}: the first, and the rest in batches`);
  assert.equal(
    asked.reduce((sum, count) => sum + count),
    many + 1,
  );
});

test('a client that leaves while its refusal waits gives its place back', async () => {
  await using node = await TestNode.open({ suho1: true });
  const flood = new Flood(node);
  for (let at = 0; at < 3; at += 1) await flood.come(at, '127.0.0.9');
  assert.equal(node.gateway.addresses.refusals, 3);
  node.clock.advanceTo(node.nowMs + refusalDelayMostMs);
  await flood[Symbol.asyncDispose]();
  await until(() => node.connections === 0, 'the node knows it');
  assert.equal(node.gateway.addresses.refusals, 0);
});
