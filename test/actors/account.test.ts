/**
 * The account actor with the real parts around it: door, gateway, sockets, group commit and the ledger's twin. What is looked
 * at is what an EA sees and what the ledger holds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import type { TierName } from '../../src/accounts/tiers.js';
import type { Decision } from '../../src/signals/signal.js';
import type { SignalRow } from '../../src/storage/ledger/ledger.js';
import { SYNCHRONISED_FOR_MS } from '../../src/accounts/reconciliation.js';
import { until } from '../support/actors.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { INSTANCE, ScriptedEa } from '../support/scripted-ea.js';

const OTHER = 'f'.repeat(32);
const { session, signal: signalLimits } = LIMITS;

function tell(node: TestNode, account: TestAccount, change: Partial<Decision> = {}): Decision {
  const decision = node.decision(change);
  assert.ok(node.account(account).tell({ kind: 'decision', timed: { decision } }));
  return decision;
}

/** An EA that has been sent one signal. */
async function signalled(node: TestNode, account: TestAccount): Promise<ScriptedEa> {
  const ea = await ScriptedEa.ready(node, account);
  tell(node, account);
  await ea.wait('SIGNAL');
  await node.rest();
  return ea;
}

async function executed(node: TestNode, account: TestAccount): Promise<ScriptedEa> {
  const ea = await signalled(node, account);
  const { id, volume } = await node.signal();
  ea.result(id, { requestedVolume: volume, filledVolume: volume });
  ea.trade({ signalId: id, volume });
  await node.becomes('EXECUTED');
  await ea.settled();
  return ea;
}

/** The broker's books are in step with the terminal for as long as a look needs; the engine has asked for history. */
async function synchronised(node: TestNode, ea: ScriptedEa, looks: number): Promise<void> {
  const asked = (): number => ea.of('COMMAND').filter(({ action }) => action === 'SEND_HISTORY').length;
  for (let beats = 0; asked() < looks; beats += 1) {
    assert.ok(beats < 40, 'history is asked for once the terminal has been in step for a minute');
    ea.heartbeat(true);
    await ea.settled();
    await node.advance(node.heartbeatMs);
  }
}

test('a signal is a committed row before its first byte leaves', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  node.grip.hold();
  const decision = tell(node, account);
  await until(() => node.grip.waiting === 1, 'its commit is under way');
  ea.heartbeat();
  await until(() => node.heard === node.said, 'the server has had a turn');
  assert.equal(ea.of('SIGNAL').length, 0);
  node.grip.release();
  const sent = await ea.wait('SIGNAL');
  const row = await node.signal();
  assert.equal(row.state, 'SENT');
  assert.equal(row.instance, INSTANCE);
  assert.equal(sent.id, row.id);
  assert.equal(sent.magic & 0xffff_ffffn, BigInt(row.seq));
  assert.equal(sent.validUntilMs, decision.validUntil);
  assert.equal(sent.brokerName, 'EURUSD.m');
  assert.equal(sent.volume, row.volume);
});

test('the same decision twice is one row and one signal', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const decision = tell(node, account);
  tell(node, account, decision);
  await ea.wait('SIGNAL');
  tell(node, account, decision);
  await ea.settled();
  assert.equal(ea.of('SIGNAL').length, 1);
  assert.equal((await node.signals()).length, 1);
});

test('a decision that comes again after its signal has ended is not sent again', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const decision = tell(node, account);
  const { id } = await ea.wait('SIGNAL');
  ea.result(id, { outcome: 'REJECTED', filledVolume: 0, price: 0, retcode: 10_019, order: 0n, position: 0n, deals: [] });
  await node.becomes('REJECTED');
  await ea.settled();
  tell(node, account, decision);
  await node.rest();
  ea.say({ kind: 'GOODBYE', reason: 'SHUTDOWN', sentence: '' });
  await ea.ending();
  assert.equal(ea.of('SIGNAL').length, 1);
});

test('an account that another node has taken is lost at the first write: nothing is stored, nothing acked', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const before = ea.acked;
  const atMs = node.nowMs;
  await node.ledger.claim({ accountId: account.id, instance: OTHER, login: 5_001, server: 'Broker-Demo', currency: 'USD', atMs });
  ea.trade({ deal: 1n });
  assert.equal(await ea.ending(), 'NEWER_SESSION');
  assert.equal(ea.acked, before);
  assert.deepEqual((await node.ledger.listDeals()).rows, []);
});

test('a price told before its symbol is described in this session counts once it is', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  (await ScriptedEa.ready(node, account)).wire.destroy();
  await until(() => node.connections === 0, 'it is gone');
  const ea = await ScriptedEa.connect(node, account);
  ea.hello();
  await ea.wait('SYMBOLS_OK');
  ea.state();
  ea.symbols();
  await ea.settled();
  tell(node, account);
  await ea.wait('SIGNAL');
});

test('a decision whose signal has ended is not sent again when the EA comes back while it is valid', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await node.decide('BUY');
  const { id } = await ea.wait('SIGNAL');
  ea.result(id, { outcome: 'REJECTED', filledVolume: 0, price: 0, retcode: 10_019, order: 0n, position: 0n, deals: [] });
  await node.becomes('REJECTED');
  const again = await ScriptedEa.ready(node, account);
  await node.advance(1_000);
  await again.settled();
  assert.equal(again.of('SIGNAL').length, 0);
  assert.equal((await node.signals()).length, 1);
});

test('what an EA reports is acked after its commit and not before', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await node.advance(session.ackOwedMs);
  const before = ea.acked;
  node.grip.hold();
  ea.trade({ deal: 1n });
  await until(() => node.grip.waiting === 1, 'the trade is on its way to the ledger');
  node.clock.advanceTo(node.nowMs + node.heartbeatMs);
  const beats = ea.of('HEARTBEAT').length;
  await ea.wait('HEARTBEAT', beats + 1);
  assert.equal(ea.acked, before);
  node.grip.release();
  await node.rest();
  assert.equal((await node.ledger.listDeals()).rows.length, 1);
  await node.advance(session.ackOwedMs);
  await until(() => ea.acked === before + 1, 'then it is acked, within the second that it is owed');
});

test('with the ledger down nothing is acked, the session is refused as busy, and the report told again is stored once', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  const { id } = await node.signal();
  const before = ea.acked;
  node.grip.fail = 'before';
  ea.result(id);
  assert.equal(await ea.ending(), 'BUSY');
  assert.equal(ea.acked, before);
  assert.equal((await node.signal()).state, 'SENT');
  // This time it is stored, and the answer is lost on the way.
  node.grip.fail = undefined;
  const second = await ScriptedEa.ready(node, account);
  node.grip.fail = 'after';
  second.result(id);
  assert.equal(await second.ending(), 'BUSY');
  node.grip.fail = undefined;
  const third = await ScriptedEa.ready(node, account);
  third.result(id);
  await third.settled();
  await node.advance(session.ackOwedMs);
  await until(() => third.acked === 2, 'symbols and result are acked');
  assert.equal((await node.ledger.listExecutions()).rows.length, 1);
  assert.equal((await node.signal()).state, 'EXECUTED');
});

test('a deal is told to who keeps deals also where the answer of the commit that stored it was lost', async () => {
  const told: string[] = [];
  await using node = await TestNode.open({ observers: () => [{ dealt: ({ deal }) => void told.push(deal) }] });
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  node.grip.fail = 'after';
  ea.trade({ deal: 5n });
  assert.equal(await ea.ending(), 'BUSY');
  node.grip.fail = undefined;
  assert.deepEqual([(await node.ledger.listDeals()).rows.length, told], [1, []]);
  const again = await ScriptedEa.ready(node, account);
  again.trade({ deal: 5n });
  await again.settled();
  assert.deepEqual([(await node.ledger.listDeals()).rows.length, told], [1, ['5']]);
});

test('a refusal that the ledger does not take is tried again, and told once: when it is a row', async () => {
  const told: string[] = [];
  await using node = await TestNode.open({ observers: () => [{ refused: (reason) => void told.push(reason) }] });
  const account = await node.addAccount({ mode: 'observe' });
  await ScriptedEa.ready(node, account);
  node.grip.fail = 'before';
  tell(node, account);
  await node.advance(2_000);
  assert.deepEqual([(await node.refusals()).length, told], [0, []]);
  node.grip.fail = undefined;
  await node.advance(1_000);
  assert.deepEqual([(await node.refusals()).length, told], [1, ['observe-mode']]);
});

test('what is stored for a session that has ended meanwhile is told all the same: a refusal, and a signal that the next one sends', async () => {
  const told: string[] = [];
  const observer = { refused: (reason: string) => void told.push(reason), sent: () => void told.push('sent') };
  await using node = await TestNode.open({ observers: () => [observer] });
  for (const mode of ['observe', 'demo'] as const) {
    const account = await node.addAccount({ mode });
    const ea = await ScriptedEa.ready(node, account);
    node.grip.hold();
    tell(node, account);
    await until(() => node.grip.waiting === 1, 'its commit is under way');
    ea.wire.destroy();
    await until(() => node.inspect(account).figures.session === undefined, 'the session is over');
    node.grip.release();
    await node.rest();
    if (mode === 'demo') await (await ScriptedEa.ready(node, account)).wait('SIGNAL');
  }
  assert.deepEqual(told, ['observe-mode', 'sent']);
});

test('a result and a deal that are stored for a session that has ended meanwhile are told all the same', async () => {
  const told: string[] = [];
  const executed = (): void => void told.push('executed');
  const moved = ({ state }: SignalRow): void => void told.push(state);
  const dealt = (): void => void told.push('dealt');
  await using node = await TestNode.open({ observers: () => [{ executed, moved, dealt }] });
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  const { id, volume } = await node.signal();
  told.splice(0);
  node.grip.hold();
  ea.result(id, { requestedVolume: volume, filledVolume: volume });
  ea.trade({ signalId: id, volume });
  await until(() => node.grip.waiting === 1 && node.heard >= node.said, 'the commit is under way');
  ea.wire.destroy();
  await until(() => node.inspect(account).figures.session === undefined, 'the session is over');
  node.grip.release();
  await node.rest();
  assert.deepEqual(told, ['executed', 'EXECUTED', 'dealt', 'EXECUTED']);
});

test('a raise whose commit failed, stored or not, is tried again and sent once', async () => {
  for (const fail of ['before', 'after'] as const) {
    await using node = await TestNode.open();
    const account = await node.addAccount();
    const ea = await ScriptedEa.ready(node, account);
    node.grip.fail = fail;
    tell(node, account);
    await node.rest();
    assert.equal((await node.signals()).length, fail === 'after' ? 1 : 0);
    assert.equal(ea.of('SIGNAL').length, 0);
    node.grip.fail = undefined;
    await node.advance(1_000);
    await ea.wait('SIGNAL');
    await ea.settled();
    assert.equal(ea.of('SIGNAL').length, 1);
    assert.equal((await node.signals()).length, 1);
  }
});

test('a client that does not read is closed at the bound, and gets the same signals again after', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  const [first] = ea.of('SIGNAL');
  ea.wire.pause();
  const open = (): boolean => (node.inspect(account).figures.session as { open: boolean } | undefined)?.open === true;
  const [known] = await node.ledger.accounts([account.id]);
  assert.ok(known);
  // What the machine itself buffers of a socket is filled first: with states, which carry no number and need no ack.
  for (let turn = 0; open() && turn < 2_000; turn += 1) {
    for (let at = 0; at < 200; at += 1) node.account(account).tell({ kind: 'account', account: known });
    await node.rest();
  }
  assert.equal(open(), false, 'the session is over');
  tell(node, account, { closeTime: node.nowMs + 1 });
  await node.rest();
  assert.equal((await node.signals()).length, 1, 'an account without a session takes no row');
  ea.wire.resume();
  assert.equal(await ea.ending(), 'SLOW_READER');
  const again = await ScriptedEa.ready(node, account);
  const repeated = again.frames.find(({ message }) => message.kind === 'SIGNAL');
  assert.equal(repeated?.flags, 1);
  assert.equal(repeated?.seq, 1);
  assert.deepEqual(repeated?.message, first);
});

test('after a cut the same instance gets its open signals again, flagged, under new numbers, with RISK before them', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  tell(node, account, { closeTime: node.nowMs + 1 });
  await ea.wait('SIGNAL', 2);
  await node.rest();
  ea.wire.destroy();
  await until(() => node.connections === 0, 'the line is cut');
  await node.advance(10_000);
  const again = await ScriptedEa.ready(node, account);
  assert.deepEqual(again.of('SIGNAL'), ea.of('SIGNAL'));
  const signals = again.frames.filter(({ message }) => message.kind === 'SIGNAL');
  assert.deepEqual(
    signals.map(({ seq, flags }) => [seq, flags]),
    [
      [1, 1],
      [2, 1],
    ],
  );
  const kinds = again.frames.map(({ message }) => message.kind);
  assert.ok(kinds.indexOf('RISK') < kinds.indexOf('SIGNAL'));
  const revisions = [...ea.of('RISK'), ...again.of('RISK')].map(({ revision }) => revision);
  assert.deepEqual(
    revisions,
    [...new Set(revisions)].sort((a, b) => a - b),
    'revisions grow over sessions',
  );
});

test('sent to another instance it is UNKNOWN, and what the history shows was executed', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const first = await signalled(node, account);
  const [sent] = first.of('SIGNAL');
  assert.ok(sent);
  const ea = await ScriptedEa.ready(node, account, { instance: OTHER });
  await node.becomes('UNKNOWN');
  assert.equal(ea.of('SIGNAL').length, 0, 'nothing is sent for it to a record that does not know it');
  await node.advance(signalLimits.validMostMs - 60_000);
  const other = await ScriptedEa.ready(node, account, { instance: OTHER });
  await synchronised(node, other, 1);
  assert.ok(node.nowMs >= sent.validUntilMs, 'while it could still be executed nothing is asked');
  const [asked] = other.of('COMMAND');
  assert.ok(asked && asked.fromMs < sent.validUntilMs - signalLimits.validMostMs && asked.toMs >= node.nowMs);
  other.history([{ deal: 900n, position: 899n, magic: sent.magic, volume: sent.volume, price: 1.1002 }]);
  const row = await node.becomes('EXECUTED');
  assert.equal(row.fillPrice, 1.1002);
  assert.equal(row.position, '899');
  assert.equal(row.filledVolume, sent.volume);
  assert.equal((await node.ledger.listDeals()).rows.length, 1);
});

test('a deal under another magic, or of another base, settles nothing', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const first = await signalled(node, account);
  const magic = first.of('SIGNAL')[0]?.magic ?? 0n;
  const ea = await ScriptedEa.ready(node, account, { instance: OTHER });
  await node.becomes('UNKNOWN');
  ea.history([
    { deal: 1n, magic: magic + 1n },
    { deal: 2n, magic: magic & 0xffff_ffffn },
    { deal: 3n, magic: 0n },
  ]);
  await ea.settled();
  assert.equal((await node.signal()).state, 'UNKNOWN');
  assert.deepEqual(
    (await node.ledger.listDeals()).rows.map(({ signalId }) => signalId),
    [null, null, null],
  );
});

test('not found counts only when two whole looks agree; an incomplete one, or half of one, counts for nothing', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  await signalled(node, account);
  await node.advance(signalLimits.validMostMs + 1);
  const ea = await ScriptedEa.ready(node, account, { instance: OTHER });
  await node.becomes('UNKNOWN');
  const startedMs = node.nowMs;
  await synchronised(node, ea, 1);
  assert.ok(node.nowMs - startedMs >= SYNCHRONISED_FOR_MS);
  ea.history([], { completeness: 'UNKNOWN' });
  await ea.settled();
  await synchronised(node, ea, 2);
  ea.history([]);
  await ea.settled();
  assert.equal((await node.signal()).state, 'UNKNOWN', 'that was the first look that counts');
  await synchronised(node, ea, 3);
  ea.history([], { page: 1, last: true });
  await ea.settled();
  assert.equal((await node.signal()).state, 'UNKNOWN', 'the first page is missing');
  ea.history([], { page: 0, last: false });
  const row = await node.becomes('EXPIRED');
  assert.match(row.reason ?? '', /history/);
});

test('a terminal that is not in step with its broker is asked nothing', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  await signalled(node, account);
  await node.advance(signalLimits.validMostMs + 1);
  const ea = await ScriptedEa.ready(node, account, { instance: OTHER });
  await node.becomes('UNKNOWN');
  for (let beats = 0; beats < 30; beats += 1) {
    // Out of step once a minute is never in step for a minute.
    ea.heartbeat(beats % 10 !== 0);
    await ea.settled();
    await node.advance(node.heartbeatMs);
  }
  assert.deepEqual(ea.of('COMMAND'), []);
  assert.equal((await node.signal()).state, 'UNKNOWN');
});

test('no result in time is UNKNOWN, and a result that comes after decides', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  const { id, validUntil } = await node.signal();
  while (node.nowMs < validUntil + signalLimits.resultGraceMs - 1) {
    ea.heartbeat();
    await ea.settled();
    await node.advance(Math.min(node.heartbeatMs, validUntil + signalLimits.resultGraceMs - 1 - node.nowMs));
  }
  assert.equal((await node.signal()).state, 'SENT');
  await node.advance(1);
  await node.becomes('UNKNOWN');
  ea.result(id);
  await node.becomes('EXECUTED');
});

test('a PENDING signal is sent when its EA connects, and expires there when it is too late', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const first = await ScriptedEa.ready(node, account);
  const pending = (number: number, validUntil: number) => ({
    kind: 'raise' as const,
    accountId: account.id,
    epoch: 1,
    signal: {
      ...node.decision(),
      kind: 'OPEN' as const,
      id: `01890000-0000-7000-8000-00000000000${number}`,
      accountId: account.id,
      targetId: null,
      position: '0',
      entryLow: 1.09,
      entryHigh: 1.11,
      volume: 0.1,
      riskPercent: 1,
      plannedLoss: 0,
      figures: {},
      state: 'PENDING' as const,
      instance: null,
      createdAt: node.nowMs,
      closeTime: node.nowMs + number,
      validUntil,
    },
  });
  await node.ledger.commit([pending(1, node.nowMs + 1_000), pending(2, node.nowMs + 60_000)]);
  first.wire.destroy();
  await until(() => node.connections === 0, 'it is gone');
  await node.advance(1_000);
  const ea = await ScriptedEa.ready(node, account);
  const sent = await ea.wait('SIGNAL');
  assert.equal(sent.id.at(-1), '2');
  assert.equal(ea.frames.find(({ message }) => message === sent)?.flags, 0, 'it was never sent before');
  await node.rest();
  const rows = await node.signals();
  assert.deepEqual(
    rows.map(({ state, instance }) => [state, instance]),
    [
      ['EXPIRED', null],
      ['SENT', INSTANCE],
    ],
  );
});

test('a decision made while the account is away takes no row, and is offered at connect while it is valid', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const first = await ScriptedEa.ready(node, account);
  first.wire.destroy();
  await until(() => node.connections === 0, 'it is gone');
  await node.rest();
  await node.decide('BUY');
  assert.equal(node.decisions.length, 1);
  assert.deepEqual(await node.signals(), []);
  await node.advance(30_000);
  const ea = await ScriptedEa.ready(node, account);
  // It came before the EA had told its symbols and prices, and is looked at again.
  await node.advance(1_000);
  const { validUntilMs } = await ea.wait('SIGNAL');
  assert.equal(validUntilMs, node.decisions[0]?.validUntil);
  await node.rest();
  assert.equal((await node.signals()).length, 1);

  const late = await node.addAccount();
  await node.advance(signalLimits.validMostMs);
  const after = await ScriptedEa.ready(node, late, { login: 5_002 });
  await after.settled();
  await node.advance(1_000);
  assert.equal(after.of('SIGNAL').length, 0, 'what is no longer valid is not offered');
});

test('the tenant is silent in a direction in which one of its accounts is live, and speaks again after', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await node.decide('BUY');
  const { id } = await ea.wait('SIGNAL');
  await node.rest();
  await node.decide('BUY');
  assert.equal(node.decisions.length, 1);
  ea.result(id, { outcome: 'REJECTED', filledVolume: 0, price: 0, order: 0n, position: 0n, deals: [], retcode: 10_006 });
  await node.becomes('REJECTED');
  await ea.settled();
  await node.decide('BUY');
  assert.equal(node.decisions.length, 2);
});

test('the other side winning closes what was executed, by a command that names the position', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await executed(node, account);
  const open = await node.signal();
  tell(node, account, { kind: 'CLOSE', stopLoss: 0, takeProfit: 0, closeTime: node.nowMs + 1 });
  const command = await ea.wait('COMMAND');
  assert.equal(command.action, 'CLOSE_POSITION');
  assert.equal(command.position, 75n);
  assert.equal(command.signalId, open.id);
  await node.rest();
  const close = (await node.signals())[1];
  assert.equal(close?.id, command.id);
  assert.equal(close?.kind, 'CLOSE');
  assert.equal(close?.targetId, open.id);
  ea.result(command.id, { subject: 'COMMAND', requestedVolume: open.volume, filledVolume: open.volume, deals: [78n] });
  ea.trade({ deal: 78n, entry: 'OUT', side: 'SELL', signalId: open.id, volume: open.volume });
  await until(async () => (await node.signals())[0]?.state === 'CLOSED', 'the position is closed');
  assert.equal((await node.signals())[1]?.state, 'EXECUTED');
});

test('the other side winning calls back what is not decided yet', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  tell(node, account, { kind: 'CLOSE', stopLoss: 0, takeProfit: 0, closeTime: node.nowMs + 1 });
  const command = await ea.wait('COMMAND');
  const { id } = await node.signal();
  assert.equal(command.action, 'CANCEL_SIGNAL');
  assert.equal(command.signalId, id);
  ea.result(id, { outcome: 'CANCELLED', filledVolume: 0, price: 0, order: 0n, position: 0n, deals: [] });
  await node.becomes('CANCELLED');
});

test('a signal is over when its deals have closed all of its volume', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await executed(node, account);
  const { id, volume } = await node.signal();
  const half = Math.round(volume * 50) / 100;
  ea.trade({ deal: 80n, entry: 'OUT', side: 'SELL', signalId: id, volume: half });
  await ea.settled();
  assert.equal((await node.signal()).state, 'EXECUTED');
  assert.ok(Math.abs((await node.signal()).remainingVolume - (volume - half)) < 1e-9);
  ea.trade({ deal: 81n, entry: 'OUT', side: 'SELL', signalId: id, volume: Math.round((volume - half) * 100) / 100 });
  await node.becomes('CLOSED');
});

test('a poisoned message costs its account the session and its neighbours nothing', async () => {
  await using node = await TestNode.open();
  const [poisoned, neighbour] = [await node.addAccount(), await node.addAccount()];
  const ea = await signalled(node, poisoned);
  const other = await ScriptedEa.ready(node, neighbour, { login: 5_002 });
  node.account(poisoned).tell({ kind: 'decision', timed: undefined as never });
  assert.equal(await ea.ending(), 'RESTART');
  await node.advance(LIMITS.actor.backoffMostMs);
  other.heartbeat();
  await other.settled();
  assert.equal(other.closed, false);
  assert.equal(node.inspect(neighbour).restarts, 0);
  assert.equal(node.inspect(poisoned).restarts, 1);
  const again = await ScriptedEa.ready(node, poisoned);
  assert.deepEqual(again.of('SIGNAL'), ea.of('SIGNAL'), 'what it had open it has again');
});

test('an account that crashes past its budget is SUSPENDED, and only that one', async () => {
  await using node = await TestNode.open();
  const [poisoned, neighbour] = [await node.addAccount(), await node.addAccount()];
  for (let crash = 0; crash <= LIMITS.actor.restarts; crash += 1) {
    const ea = await ScriptedEa.ready(node, poisoned);
    node.account(poisoned).tell({ kind: 'decision', timed: undefined as never });
    assert.equal(await ea.ending(), 'RESTART');
    await node.advance(5_000);
  }
  assert.equal(node.system.stoppedForGood.length, 1);
  const refused = await ScriptedEa.connect(node, poisoned);
  refused.hello();
  assert.equal(await refused.ending(), 'SUSPENDED');
  const fine = await ScriptedEa.ready(node, neighbour, { login: 5_002 });
  tell(node, neighbour);
  await fine.wait('SIGNAL');
});

test('a new mode is told as RISK with a higher revision', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const changed = await node.ledger.setAccountMode(account.id, 'observe', node.clock.nowMs());
  assert.ok(changed);
  node.account(account).tell({ kind: 'account', account: changed });
  const risk = await ea.wait('RISK', 2);
  assert.equal(risk.tradingEnabled, false);
  assert.ok(risk.revision > (ea.of('RISK')[0]?.revision ?? 0));
  tell(node, account);
  await ea.settled();
  assert.equal((await node.refusals())[0]?.reason, 'observe-mode');
});

test('past what the tier includes in a day a signal is refused with the figures, a restart or not', async () => {
  let tier: TierName = 'free';
  await using node = await TestNode.open({ tier: () => tier });
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account, { leverage: 3_000 });
  const limit = 50;
  const first = node.nowMs;
  for (let at = 0; at < limit; at++) tell(node, account, { closeTime: first + at });
  await until(() => ea.of('SIGNAL').length === limit, 'all that the tier includes is sent');
  // A decision that comes again takes nothing, and is not refused.
  tell(node, account, { closeTime: first });
  await node.rest();
  assert.deepEqual(await node.refusals(), []);
  tell(node, account, { closeTime: first + limit });
  await until(async () => (await node.refusals()).length === 1, 'the next is refused');
  const [refusal] = await node.refusals();
  const resetAtMs = Math.floor(first / 86_400_000) * 86_400_000 + 86_400_000;
  assert.equal(refusal?.reason, 'signals-used-up');
  assert.deepEqual(refusal?.figures, {
    limit,
    used: limit,
    resetAtMs,
    decisionEntry: 1.1,
    decisionStop: 1.097,
    decisionTarget: 1.1045,
    check: 'allowance',
  });

  node.forgetAllowances();
  ea.wire.destroy();
  await until(() => node.connections === 0, 'it is gone');
  const back = await ScriptedEa.ready(node, account, { leverage: 3_000 });
  tell(node, account, { closeTime: first + limit + 1 });
  await until(async () => (await node.refusals()).length === 2, 'a restart gives no second allowance');
  assert.equal((await node.signals()).length, limit);
  tier = 'basic';
  tell(node, account, { closeTime: first + limit + 2 });
  await until(async () => (await node.signals()).length === limit + 1, 'a tier that includes more lets more pass at once');
  await back.settled();
});

/** What is under way counts against these, and many signals are. */
const UNLIMITED = { openPositionsMost: null, marginFreeLeastPercent: null, marginLevelLeastPercent: null };

test('an offer that meets its own row takes none of the day’s signals', async () => {
  await using node = await TestNode.open({ tier: () => 'free' });
  const account = await node.addAccount();
  // So small that the margin is there for all of them at once.
  await node.changeTenant({ trading: { risk: { ...UNLIMITED, riskPercentMost: 0.1 } } });
  const ea = await signalled(node, account);
  const { closeTime } = await node.signal();
  const { id } = await node.signal();
  ea.result(id, { outcome: 'REJECTED', filledVolume: 0, price: 0, retcode: 10_019, order: 0n, position: 0n, deals: [] });
  await node.becomes('REJECTED');
  for (let at = 0; at < 60; at++) tell(node, account, { closeTime });
  await node.rest();
  for (let at = 1; at < 50; at++) tell(node, account, { closeTime: closeTime + at });
  await until(async () => (await node.signals()).length === 50, 'the whole allowance is there');
  await ea.settled();
});
