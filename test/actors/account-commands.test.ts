/** Commands to an EA whose every word is the test's: what leaves, what the ledger holds, and what comes of crashes and cuts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandRequests } from '../../src/accounts/command-requests.js';
import type { AccountWish, CommandAnswer } from '../../src/accounts/commands.js';
import { LIMITS } from '../../src/limits.js';
import type { CommandMessage } from '../../src/protocol/messages.js';
import { seededIds } from '../../src/runtime/ids.js';
import type { CommandRow, CommandState } from '../../src/storage/ledger/commands.js';
import { until } from '../support/actors.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { INSTANCE, resultMessage, ScriptedEa } from '../support/scripted-ea.js';

const OTHER = 'f'.repeat(32);
const BY = { reason: 'the test wants it', askedBy: 'operator' } as const;
const EVERYTHING_OURS: AccountWish = { ...BY, cause: 'test', action: 'CLOSE_ALL', scope: 'OURS' };

function ask(node: TestNode, account: TestAccount, wish: AccountWish): Promise<CommandAnswer> {
  return new Promise((answered) => {
    assert.ok(node.account(account).tell({ kind: 'command', wish, answered }));
  });
}

async function asked(node: TestNode, account: TestAccount, wish: AccountWish): Promise<CommandRow> {
  const answer = await ask(node, account, wish);
  assert.ok(answer.kind === 'asked', JSON.stringify(answer));
  return answer.command;
}

async function refusal(node: TestNode, account: TestAccount, wish: AccountWish): Promise<string> {
  const answer = await ask(node, account, wish);
  assert.ok(answer.kind === 'refused', JSON.stringify(answer));
  return answer.sentence;
}

async function commands(node: TestNode): Promise<readonly CommandRow[]> {
  return (await node.ledger.listCommands()).rows;
}

async function becomes(node: TestNode, id: string, state: CommandState): Promise<CommandRow> {
  const find = async (): Promise<CommandRow | undefined> => (await commands(node)).find((row) => row.id === id);
  await until(async () => (await find())?.state === state, `the command becomes ${state}`);
  return (await find()) as CommandRow;
}

const sentTo = (ea: ScriptedEa, action: CommandMessage['action']): CommandMessage[] =>
  ea.of('COMMAND').filter((message) => message.action === action);

const done = (id: string, change: Partial<Parameters<typeof resultMessage>[1]> = {}) =>
  resultMessage(id, { subject: 'COMMAND', sentence: '', ...change });

async function signalled(node: TestNode, account: TestAccount): Promise<ScriptedEa> {
  const ea = await ScriptedEa.ready(node, account);
  node.account(account).tell({ kind: 'decision', timed: { decision: node.decision() } });
  await ea.wait('SIGNAL');
  await node.rest();
  return ea;
}

test('a command is a committed row before its first byte leaves, and its result is acked after its commit', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  node.grip.hold();
  const answer = asked(node, account, EVERYTHING_OURS);
  await until(() => node.grip.waiting === 1, 'its commit is under way');
  ea.heartbeat();
  await until(() => node.heard === node.said, 'the server has had a turn');
  assert.equal(ea.of('COMMAND').length, 0);
  node.grip.release();
  const row = await answer;
  const sent = await ea.wait('COMMAND');
  assert.deepEqual([row.state, row.instance, row.id], ['SENT', INSTANCE, sent.id]);
  assert.deepEqual([sent.action, sent.scope, sent.symbolId, sent.reason], ['CLOSE_ALL', 'OURS', 0, BY.reason]);
  assert.equal(sent.validUntilMs, node.nowMs + LIMITS.command.validMs);
  node.grip.hold();
  const before = ea.acked;
  ea.say(done(row.id, { deals: [8n, 9n], sentence: 'closed two' }));
  await until(() => node.grip.waiting === 1, 'the result is on its way to the ledger');
  assert.equal(ea.acked, before);
  node.grip.release();
  const ended = await becomes(node, row.id, 'EXECUTED');
  assert.deepEqual([ended.said, ended.results[0]?.deals], ['closed two', ['8', '9']]);
  await node.advance(LIMITS.session.ackOwedMs);
  await until(() => ea.acked === before + 1, 'then it is acked');
  assert.equal(node.inspect(account).figures.commands, 0);
});

test('the same cause is one command, sent once; another cause is another', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const [first, same] = await Promise.all([asked(node, account, EVERYTHING_OURS), asked(node, account, EVERYTHING_OURS)]);
  const other = await asked(node, account, { ...EVERYTHING_OURS, cause: 'another' });
  await ea.wait('COMMAND', 2);
  await ea.settled();
  assert.equal(first.id, same.id);
  assert.notEqual(first.id, other.id);
  assert.deepEqual(
    ea.of('COMMAND').map(({ id }) => id),
    [first.id, other.id],
  );
});

test('an account without a session is refused with a sentence, and so is one whose EA speaks suho-1', async () => {
  await using node = await TestNode.open({ suho1: true });
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  ea.wire.destroy();
  await until(() => node.inspect(account).figures.session === undefined, 'the session is over');
  const answer = await ask(node, account, EVERYTHING_OURS);
  assert.ok(answer.kind === 'refused' && answer.away === true);
  assert.match(answer.sentence, /no session/);
  assert.deepEqual(await commands(node), []);
});

test('a close names the volume that was seen, and a change of stops both of them', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const close = { ...BY, action: 'CLOSE_POSITION', position: '75' } as const;
  const young = await ScriptedEa.connect(node, account);
  young.hello();
  await young.wait('WELCOME');
  assert.match(await refusal(node, account, { ...close, cause: '1' }), /not told its positions/);
  const ea = await ScriptedEa.ready(node, account);
  await ea.holding([{}, { position: 76n, magic: 0n }]);
  assert.match(await refusal(node, account, { ...close, cause: '2', position: '99' }), /no open position 99/);
  assert.match(await refusal(node, account, { ...close, cause: '3', position: '76' }), /user’s own/);
  assert.match(await refusal(node, account, { ...close, cause: '4', volume: 0.31 }), /of 0\.3 lots, 0\.31 cannot be closed/);
  await asked(node, account, { ...close, cause: '5' });
  await asked(node, account, { ...close, cause: '6', volume: 0.1 });
  await asked(node, account, { ...BY, action: 'MODIFY', position: '75', cause: '7', stopLoss: 1.095 });
  await ea.wait('COMMAND', 3);
  assert.deepEqual(
    ea
      .of('COMMAND')
      .map(({ action, position, volume, stopLoss, takeProfit }) => [action, position, volume, stopLoss, takeProfit]),
    [
      ['CLOSE_POSITION', 75n, 0.3, 0, 0],
      ['CLOSE_POSITION', 75n, 0.1, 0, 0],
      ['MODIFY', 75n, 0, 1.095, 1.12],
    ],
  );
});

test('more commands without an end than the bound are refused', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  await ScriptedEa.ready(node, account);
  for (let at = 0; at < LIMITS.command.open; at += 1) await asked(node, account, { ...BY, cause: `${at}`, action: 'RECONNECT' });
  assert.match(await refusal(node, account, EVERYTHING_OURS), /64 commands wait for their end/);
});

test('after a cut the same instance gets it again, flagged; its answer from the record ends it once', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const row = await asked(node, account, EVERYTHING_OURS);
  const first = await ea.wait('COMMAND');
  ea.wire.destroy();
  await until(() => node.connections === 0, 'the line is cut');
  const again = await ScriptedEa.ready(node, account);
  const frame = again.frames.find(({ message }) => message.kind === 'COMMAND');
  assert.deepEqual([frame?.flags, frame?.message], [1, first]);
  again.say(done(row.id));
  await becomes(node, row.id, 'EXECUTED');
  again.say(done(row.id));
  await again.settled();
  assert.equal((await commands(node))[0]?.results.length, 1);
  const third = await ScriptedEa.ready(node, account);
  assert.deepEqual(third.of('COMMAND'), []);
});

test('without an answer it is UNKNOWN past its time, with or without a session, and a late result still decides', async () => {
  for (const cut of [false, true]) {
    await using node = await TestNode.open();
    const account = await node.addAccount();
    const ea = await ScriptedEa.ready(node, account);
    const row = await asked(node, account, EVERYTHING_OURS);
    if (cut) {
      ea.wire.destroy();
      await until(() => node.connections === 0, 'the line is cut');
    } else {
      // It beats on, so that its session lives.
      for (let turns = 0; turns < 9; turns += 1) {
        await node.advance(node.heartbeatMs);
        ea.heartbeat();
        await ea.settled();
      }
    }
    await node.advance(LIMITS.command.validMs + LIMITS.signal.resultGraceMs);
    const unknown = await becomes(node, row.id, 'UNKNOWN');
    assert.equal(unknown.said, 'no result in time');
    const later = await ScriptedEa.ready(node, account);
    assert.equal(later.of('COMMAND').length, 1, 'it is asked again');
    later.say(done(row.id, { outcome: 'REJECTED', sentence: 'one was not closed' }));
    await becomes(node, row.id, 'REJECTED');
  }
});

test('another instance is not sent it again: it is UNKNOWN, until what is open at the broker decides it', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await ea.holding([{}, { position: 80n }]);
  const gone = await asked(node, account, { ...BY, cause: 'a', action: 'CLOSE_POSITION', position: '75' });
  const still = await asked(node, account, { ...BY, cause: 'b', action: 'CLOSE_POSITION', position: '80' });
  const moved = await asked(node, account, { ...BY, cause: 'c', action: 'MODIFY', position: '80', stopLoss: 1.095 });
  ea.wire.destroy();
  await until(() => node.connections === 0, 'the line is cut');
  const other = await ScriptedEa.ready(node, account, { instance: OTHER });
  for (const row of [gone, still, moved]) await becomes(node, row.id, 'UNKNOWN');
  assert.deepEqual(sentTo(other, 'CLOSE_POSITION'), []);
  const snapshots = (): number => sentTo(other, 'SEND_SNAPSHOT').length;
  for (let looks = 1; looks <= 3; looks += 1) {
    for (let beats = 0; snapshots() < looks; beats += 1) {
      assert.ok(beats < 60, 'a snapshot is asked for');
      other.heartbeat(true);
      await other.settled();
      await node.advance(node.heartbeatMs);
    }
    await other.holding([{ position: 80n, stopLoss: 1.095 }]);
    await node.rest();
    if ((await commands(node)).every(({ state }) => state !== 'UNKNOWN')) break;
  }
  const states = new Map((await commands(node)).map(({ cause, state }) => [cause, state]));
  assert.deepEqual([states.get('a'), states.get('b'), states.get('c')], ['EXECUTED', 'EXPIRED', 'EXECUTED']);
});

test('closing everything calls back what may still be executed; if it is executed all the same its position is closed', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  const signal = await node.signal();
  await asked(node, account, EVERYTHING_OURS);
  await ea.wait('COMMAND', 2);
  await node.rest();
  const [cancel] = sentTo(ea, 'CANCEL_SIGNAL');
  assert.equal(cancel?.signalId, signal.id);
  // The broker was quicker.
  ea.say(done(cancel.id, { outcome: 'REJECTED', sentence: 'The signal is with the broker.' }));
  ea.result(signal.id, { requestedVolume: signal.volume, filledVolume: signal.volume });
  await until(() => sentTo(ea, 'CLOSE_POSITION').length === 1, 'its position is closed');
  const [close] = sentTo(ea, 'CLOSE_POSITION');
  assert.deepEqual([close?.position, close?.volume, close?.signalId], [75n, signal.volume, signal.id]);
  const row = (await commands(node)).find(({ action }) => action === 'CLOSE_POSITION');
  assert.equal(row?.askedBy, 'engine');
});

test('a crash between the call-back and the fill forgets nothing: the next session closes what was executed', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  const signal = await node.signal();
  const row = await asked(node, account, EVERYTHING_OURS);
  await until(() => sentTo(ea, 'CANCEL_SIGNAL').length === 1, 'it is called back');
  const [cancel] = sentTo(ea, 'CANCEL_SIGNAL');
  ea.say(done(row.id));
  ea.say(done(cancel?.id ?? '', { outcome: 'REJECTED' }));
  await becomes(node, cancel?.id ?? '', 'REJECTED');
  await ea.settled();
  ea.wire.destroy();
  await until(() => node.connections === 0, 'the line is cut');
  const again = await ScriptedEa.ready(node, account);
  again.result(signal.id, { requestedVolume: signal.volume, filledVolume: signal.volume });
  await until(() => sentTo(again, 'CLOSE_POSITION').length === 1, 'its position is closed');
});

test('a signal that turned is called back by a tracked command', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  const signal = await node.signal();
  const close = node.decision({ kind: 'CLOSE', direction: 'BUY', stopLoss: 0, takeProfit: 0 });
  node.account(account).tell({ kind: 'decision', timed: { decision: close } });
  await ea.wait('COMMAND');
  const [row] = await commands(node);
  assert.deepEqual([row?.action, row?.signalId, row?.state, row?.askedBy], ['CANCEL_SIGNAL', signal.id, 'SENT', 'engine']);
});

test('a commit that failed, stored or not, is tried again and sent once; one that never succeeds is refused in the end', async () => {
  for (const fail of ['before', 'after'] as const) {
    await using node = await TestNode.open();
    const account = await node.addAccount();
    const ea = await ScriptedEa.ready(node, account);
    node.grip.fail = fail;
    const answer = ask(node, account, EVERYTHING_OURS);
    await node.rest();
    assert.equal(ea.of('COMMAND').length, 0);
    node.grip.fail = undefined;
    await node.advance(1_000);
    assert.equal((await answer).kind, 'asked');
    await ea.wait('COMMAND');
    await ea.settled();
    assert.deepEqual([ea.of('COMMAND').length, (await commands(node)).length], [1, 1]);
  }
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  node.grip.fail = 'before';
  const answer = ask(node, account, EVERYTHING_OURS);
  for (let turns = 0; turns < 8; turns += 1) {
    await node.advance(node.heartbeatMs);
    ea.heartbeat();
    await until(() => node.heard >= node.said, 'it is heard');
  }
  const told = await answer;
  assert.ok(told.kind === 'refused');
  assert.match(told.sentence, /did not take it in time/);
});

function requests(node: TestNode): CommandRequests {
  return new CommandRequests({
    ledger: node.ledger,
    clock: node.clock,
    ids: seededIds('asked'),
    tell: (_tenant, id, wish, answered) => void node.account({ id, key: '' }).tell({ kind: 'command', wish, answered }),
  });
}
const request = (number: number): string => seededIds('requests').idFor(`${number}`, 0);

test('what may wait for its EA is sent when it comes, before any signal is sent again, or expires', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await signalled(node, account);
  ea.wire.destroy();
  await until(() => node.inspect(account).figures.session === undefined, 'the session is over');
  const asking = requests(node);
  const away = await asking.ask({ id: account.id, action: 'close-all', request: request(1) });
  assert.ok(away.kind === 'refused');
  assert.match(away.sentence, /not connected/);
  const vague = await asking.ask({ id: account.id, action: 'close', position: '75', request: request(2), waitMs: 1_000 });
  assert.ok(vague.kind === 'refused');
  assert.match(vague.sentence, /names its volume/);
  const short = await asking.ask({ id: account.id, action: 'close-all', request: request(3), waitMs: 1_000 });
  const long = await asking.ask({ id: account.id, action: 'close-all', request: request(4), waitMs: 600_000 });
  const unheard = await asking.ask({ id: account.id, action: 'close-all', request: request(5), waitMs: 1_000 });
  assert.ok(unheard.kind === 'asked');
  assert.ok(short.kind === 'asked' && long.kind === 'asked' && long.command.state === 'PENDING');
  await node.advance(2_000);
  const state = await asking.state({ id: account.id, command: short.command.id });
  assert.deepEqual([state.command.state, state.over], ['EXPIRED', true]);
  const again = await ScriptedEa.ready(node, account);
  await until(() => sentTo(again, 'CANCEL_SIGNAL').length === 1, 'and the signal is called back');
  const order = again.frames.flatMap(({ message }) =>
    message.kind === 'SIGNAL' ? ['SIGNAL'] : message.kind === 'COMMAND' ? [message.action] : [],
  );
  assert.deepEqual(order.slice(0, 2), ['CLOSE_ALL', 'SIGNAL']);
  await becomes(node, unheard.command.id, 'EXPIRED');
  assert.equal(sentTo(again, 'CLOSE_ALL').length, 1);
  again.say(done(long.command.id));
  await becomes(node, long.command.id, 'EXECUTED');
});

test('the same request is the same command, and a wish out of bounds is refused before anything is stored', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  const asking = requests(node);
  const wish = { id: account.id, action: 'close-all', request: request(1) };
  const [one, two] = [await asking.ask(wish), await asking.ask(wish)];
  assert.ok(one.kind === 'asked' && two.kind === 'asked');
  assert.equal(one.command.id, two.command.id);
  assert.equal(ea.of('COMMAND').length, 1);
  for (const bad of [
    { ...wish, waitMs: LIMITS.command.waitMostMs + 1 },
    { ...wish, action: 'close', position: '-1' },
    { ...wish, action: 'modify', position: '75' },
    { ...wish, action: 'dance' },
    { ...wish, symbol: 'NOTHING' },
    { ...wish, request: 'x' },
  ])
    await assert.rejects(asking.ask(bad), { code: 'USAGE' });
  await assert.rejects(asking.ask({ ...wish, id: request(9) }), { code: 'NOT_FOUND' });
});

test('on a netting account the other side first closes ours, and the open follows once its deal is told', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account, { marginMode: 'NETTING', hedging: false });
  const first = node.decision();
  node.account(account).tell({ kind: 'decision', timed: { decision: first } });
  const { id } = await ea.wait('SIGNAL');
  await node.rest();
  const bought = await node.signal();
  ea.result(id, { requestedVolume: bought.volume, filledVolume: bought.volume });
  ea.trade({ signalId: id, volume: bought.volume, remaining: bought.volume });
  await node.becomes('EXECUTED');
  await ea.settled();
  // Nobody told this account that its tenant's buy was over: the sale alone says so.
  await node.advance(1_000);
  ea.state(1.099, 1.0991);
  await ea.settled();
  const turned = node.decision({ direction: 'SELL', entry: 1.099, stopLoss: 1.102, takeProfit: 1.0945 });
  node.account(account).tell({ kind: 'decision', timed: { decision: turned } });
  await until(() => sentTo(ea, 'CLOSE_POSITION').length === 1, 'ours is closed first');
  const [close] = sentTo(ea, 'CLOSE_POSITION');
  assert.deepEqual([close?.position, close?.signalId], [75n, id]);
  await node.advance(1_000);
  assert.equal(ea.of('SIGNAL').length, 1, 'the open waits');
  assert.equal(sentTo(ea, 'CLOSE_POSITION').length, 1, 'and the close is asked once');
  ea.say(done(close?.id ?? '', { filledVolume: bought.volume }));
  ea.trade({ deal: 78n, signalId: id, entry: 'OUT', side: 'SELL', volume: bought.volume, remaining: 0 });
  await ea.settled();
  ea.state(1.099, 1.0991);
  await ea.settled();
  await node.advance(1_000);
  await ea.wait('SIGNAL', 2);
  const rows = await node.signals();
  assert.deepEqual(
    rows.map(({ kind, direction, state }) => [kind, direction, state]),
    [
      ['OPEN', 'BUY', 'CLOSED'],
      ['CLOSE', 'BUY', 'EXECUTED'],
      ['OPEN', 'SELL', 'SENT'],
    ],
  );
});
