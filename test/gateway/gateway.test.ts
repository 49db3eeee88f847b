/** Who comes in and who does not, over real sockets: HELLO, keys, malformed frames, limits, and the life of a session. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { NO_INSTANCE } from '../../src/protocol/ea-session.js';
import { until } from '../support/actors.js';
import { TestNode, testCertificate } from '../support/node.js';
import { INSTANCE, ScriptedEa } from '../support/scripted-ea.js';

const OTHER = 'f'.repeat(32);

test('a client that says no HELLO in time is refused, and one that is in time is not', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const late = await ScriptedEa.connect(node, account);
  const good = await ScriptedEa.connect(node, account);
  await until(() => node.connections === 2, 'both are connected');
  good.hello();
  await good.wait('WELCOME');
  assert.equal(node.gateway.drain.sessions, 1, 'who was let in is counted');
  await node.advance(LIMITS.session.helloMs - 1);
  assert.equal(late.frames.length, 0);
  await node.advance(1);
  assert.equal(await late.ending(), 'HELLO_LATE');
  assert.equal(good.closed, false);
  good.wire.destroy();
  await until(() => node.gateway.drain.sessions === 0, 'who has gone is not counted');
});

test('before WELCOME a heartbeat is passed over, a GOODBYE ends it, and anything else but HELLO is refused', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const early = await ScriptedEa.connect(node, account);
  early.heartbeat();
  early.hello();
  await early.wait('WELCOME');
  const leaving = await ScriptedEa.connect(node, account);
  leaving.say({ kind: 'GOODBYE', reason: 'SHUTDOWN', sentence: '' });
  assert.equal(await leaving.ending(), 'silently');
  const wrong = await ScriptedEa.connect(node, account);
  wrong.say({ kind: 'QUOTES', quotes: [] });
  assert.equal(await wrong.ending(), 'UNEXPECTED');
});

test('a malformed frame is refused with its code, counted, and reaches no actor', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const stranger = await ScriptedEa.connect(node, account);
  stranger.wire.write(Buffer.from('GET / HTTP/1.1\r\nHost: example\r\n\r\n                                    '));
  assert.equal(await stranger.ending(), 'MALFORMED');
  assert.match(stranger.of('REFUSED')[0]?.sentence ?? '', /bad-magic, byte 0/);

  const ea = await ScriptedEa.ready(node, account);
  const { handled } = node.inspect(account);
  const bytes = ea.frame({ kind: 'FINANCE', balance: 1, equity: 1, margin: 0, freeMargin: 1, floating: 0, dayProfit: 0 });
  bytes[50] = (bytes[50] ?? 0) ^ 1;
  ea.wire.write(bytes);
  assert.equal(await ea.ending(), 'MALFORMED');
  assert.match(ea.of('REFUSED')[0]?.sentence ?? '', /bad-crc/);
  assert.deepEqual(node.malformed, ['bad-magic', 'bad-crc']);
  await node.rest();
  // The connection's end is told, the frame is not.
  assert.ok(node.inspect(account).handled <= handled + 1);
});

test('before WELCOME a body beyond 4,096 bytes is refused, after it 65,536 are taken', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const long = await ScriptedEa.connect(node, account);
  long.hello({ company: 'x'.repeat(LIMITS.frame.bodyBeforeWelcome) });
  assert.equal(await long.ending(), 'MALFORMED');
  assert.deepEqual(node.malformed, ['too-long']);

  const ea = await ScriptedEa.ready(node, account);
  const quote = { symbolId: 1, bid: 1, ask: 1, brokerTimeMs: 0, tradeable: true, sessionOpen: true };
  ea.say({ kind: 'QUOTES', quotes: Array.from({ length: 1_000 }, () => quote) });
  await ea.settled();
  assert.equal(ea.closed, false);
});

test('a WebSocket message that holds a part of a frame, or text, ends the session', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const cut = await ScriptedEa.connect(node, account, 'ws');
  cut.hello();
  await cut.wait('WELCOME');
  cut.wire.write(cut.frame({ kind: 'GOODBYE', reason: 'SHUTDOWN', sentence: '' }).subarray(0, -1));
  assert.equal(await cut.ending(), 'MALFORMED');
  assert.deepEqual(node.malformed, ['incomplete']);

  const talker = await ScriptedEa.connect(node, account, 'ws');
  talker.text('hello');
  await until(() => talker.closed, 'text closes it');
  assert.equal(talker.closeCode, 1003);

  const whole = await ScriptedEa.connect(node, account, 'ws');
  whole.hello();
  await whole.wait('SETTINGS');
  assert.equal(whole.closed, false);
});

test('a wrong key is refused late, and later each time, and a good key from the same address at once', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const { refusalDelayFirstMs, refusalDelayMostMs } = LIMITS.session;
  for (let delayMs = refusalDelayFirstMs, failures = 0; failures < 4; failures += 1, delayMs *= 2) {
    const wrong = await ScriptedEa.connect(node, account);
    wrong.hello({ apiKey: 'ab'.repeat(32) });
    await wrong.settled();
    await node.advance(delayMs - 1);
    assert.equal(wrong.frames.length, 0, `the refusal after ${failures} failures waits ${delayMs} ms`);
    const neighbour = await ScriptedEa.connect(node, account);
    neighbour.hello();
    await neighbour.wait('WELCOME');
    neighbour.wire.destroy();
    await node.advance(1);
    assert.equal(await wrong.ending(), 'BAD_KEY');
    assert.equal(wrong.of('REFUSED')[0]?.retryAfterMs, 60_000);
  }
  for (let failures = 4; failures < 12; failures += 1) node.gateway.addresses.failed('127.0.0.1', node.nowMs);
  assert.equal(node.gateway.addresses.failed('127.0.0.1', node.nowMs), refusalDelayMostMs);
  assert.equal(node.gateway.addresses.failed('127.0.0.1', node.nowMs + 600_001), refusalDelayFirstMs);
});

test('an unknown account is refused in the words of a wrong key', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const wrong = await ScriptedEa.connect(node, account);
  wrong.hello({ apiKey: 'ab'.repeat(32) });
  await wrong.settled();
  const unknown = await ScriptedEa.connect(node, account);
  unknown.hello({ accountId: '01890000-0000-7000-8000-00000000ffff' });
  await unknown.settled();
  await node.advance(2_000);
  assert.equal(await wrong.ending(), 'BAD_KEY');
  assert.equal(await unknown.ending(), 'BAD_KEY');
  assert.deepEqual(unknown.of('REFUSED'), wrong.of('REFUSED'));
});

test('a key that is bound to another login, server or currency is refused', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const first = await ScriptedEa.ready(node, account);
  for (const change of [{ login: 5_002 }, { server: 'Broker-Live' }, { currency: 'EUR' }]) {
    const ea = await ScriptedEa.connect(node, account);
    ea.hello(change);
    assert.equal(await ea.ending(), 'BOUND_ELSEWHERE');
  }
  await first.settled();
  assert.equal(first.closed, false, 'a refused HELLO takes nothing from the session that stands');
});

test('a HELLO of another version, or without an instance, is refused', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const newer = await ScriptedEa.connect(node, account);
  newer.hello({ versionMin: 3, versionMax: 4 });
  assert.equal(await newer.ending(), 'VERSION');
  const older = await ScriptedEa.connect(node, account);
  older.hello({ versionMin: 1, versionMax: 1 });
  assert.equal(await older.ending(), 'VERSION');
  const nobody = await ScriptedEa.connect(node, account);
  nobody.hello({ instance: NO_INSTANCE });
  assert.equal(await nobody.ending(), 'UNEXPECTED');
});

test('the ledger down at HELLO is BUSY, and nothing is taken', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const working = node.ledger.claimAll.bind(node.ledger);
  node.ledger.claimAll = () => Promise.reject(new Error('down'));
  const ea = await ScriptedEa.connect(node, account);
  ea.hello();
  assert.equal(await ea.ending(), 'BUSY');
  assert.equal(ea.of('REFUSED')[0]?.retryAfterMs, 5_000);
  node.ledger.claimAll = working;
  await ScriptedEa.ready(node, account);
  assert.equal((await node.ledger.accounts([account.id]))[0]?.epoch, 1);
});

test('an address holds no more connections than it may, and one that was turned away gives no place back', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const { addresses } = node.gateway;
  for (let at = 0; at < LIMITS.session.perAddress - 1; at += 1) assert.ok(addresses.open('127.0.0.1'));
  const last = await ScriptedEa.ready(node, account);
  for (let turn = 0; turn < 3; turn += 1) {
    const beyond = await ScriptedEa.connect(node, account);
    assert.equal(await beyond.ending(), 'LIMIT');
    await until(() => node.connections === 1, 'only one is left');
    assert.equal(addresses.sessions, LIMITS.session.perAddress);
  }
  assert.ok(addresses.open('127.0.0.2'), 'another address has places of its own');
  last.wire.destroy();
  await until(() => node.connections === 0, 'it has left');
  const next = await ScriptedEa.connect(node, account);
  next.hello();
  await next.wait('WELCOME');
});

test('a newer HELLO wins, the older session is told and can write nothing more', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const older = await ScriptedEa.ready(node, account);
  node.grip.hold();
  older.trade({ deal: 1n });
  await until(() => node.grip.waiting === 1, 'its trade is on the way to the ledger');
  const newer = await ScriptedEa.connect(node, account);
  newer.hello();
  const { epoch } = await newer.wait('WELCOME');
  assert.equal(epoch, 2);
  assert.equal(await older.ending(), 'NEWER_SESSION');
  node.grip.release();
  await node.rest();
  assert.deepEqual((await node.ledger.listDeals()).rows, [], 'what the older began is fenced');
  assert.equal(newer.closed, false);
});

test('three takeovers between two instances, and the account gets no signals', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  for (let turn = 0; turn < LIMITS.session.takeovers; turn += 1) {
    const ea = await ScriptedEa.ready(node, account, { instance: turn % 2 === 0 ? INSTANCE : OTHER });
    node.account(account).tell({ kind: 'decision', timed: { decision: node.decision({ closeTime: node.nowMs + turn }) } });
    await ea.wait('SIGNAL');
    await node.rest();
  }
  const before = (await node.signals()).length;
  const contested = await ScriptedEa.ready(node, account, { instance: OTHER });
  node.account(account).tell({ kind: 'decision', timed: { decision: node.decision({ closeTime: node.nowMs + 99 }) } });
  await contested.settled();
  assert.equal((await node.signals()).length, before);
  assert.equal(node.inspect(account).figures.contested, true);
});

test('a gap in the numbers, a number that comes again, and an ack of what was never sent end the session', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  for (const wrong of [{ seq: 3 }, { seq: 1 }, { ack: 1_000 }]) {
    const ea = await ScriptedEa.ready(node, account);
    ea.say({ kind: 'SYMBOLS', query: 2, page: 0, last: true, symbols: [] }, wrong);
    assert.equal(await ea.ending(), 'SEQUENCE');
  }
});

test('silence of three heartbeats ends a session, and a heartbeat in time keeps it', async () => {
  await using node = await TestNode.open();
  const [quiet, lively] = [await node.addAccount(), await node.addAccount()];
  const silent = await ScriptedEa.ready(node, quiet);
  const beating = await ScriptedEa.ready(node, lively, { login: 5_002 });
  for (let beat = 0; beat < 4; beat += 1) {
    await node.advance(node.heartbeatMs);
    beating.heartbeat();
    await beating.settled();
  }
  assert.equal(await silent.ending(), 'SILENCE');
  assert.ok(silent.of('HEARTBEAT').length >= 3, 'until then it was sent heartbeats');
  assert.equal(beating.closed, false);
});

test('GOODBYE is answered and leaves the account without a session', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  ea.say({ kind: 'GOODBYE', reason: 'SHUTDOWN', sentence: 'done' });
  assert.equal(await ea.ending(), 'SHUTDOWN');
  await node.rest();
  assert.equal(node.inspect(account).figures.session, undefined);
});

test('over TLS the certificate is the one that was given, and the session the same', async () => {
  await using node = await TestNode.open({ tls: true });
  const account = await node.addAccount();
  const ea = await ScriptedEa.connect(node, account, 'tls');
  assert.equal(ea.fingerprint, new X509Certificate((await testCertificate()).cert).fingerprint256);
  ea.hello();
  const { heartbeatMs } = await ea.wait('WELCOME');
  assert.equal(heartbeatMs, node.heartbeatMs);
});

test('port 0 takes a port that is free, a different one for each listener', async () => {
  await using node = await TestNode.open({ tls: true, suho1: true });
  const ports = node.gateway.listeners.map(({ port }) => port);
  assert.equal(ports.length, 4);
  assert.equal(new Set(ports).size, 4);
  for (const port of ports) assert.ok(port > 0);
});
