/** Exits over the real account: what an EA is asked for its positions, and that nothing is asked twice, over cuts and restarts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExitSettings } from '../../src/accounts/trading-settings.js';
import type { CommandMessage } from '../../src/protocol/messages.js';
import type { AccountRow, SignalRow } from '../../src/storage/ledger/ledger.js';
import { until } from '../support/actors.js';
import { type TestAccount, TestNode } from '../support/node.js';
import { resultMessage, ScriptedEa } from '../support/scripted-ea.js';

interface Scene {
  readonly account: TestAccount;
  readonly ea: ScriptedEa;
  readonly row: SignalRow;
  readonly risk: number;
}

async function accountRow(node: TestNode, account: TestAccount): Promise<AccountRow> {
  return (await node.ledger.accounts([account.id]))[0] as AccountRow;
}

/** Exits as they are set for the account alone. */
async function setExits(node: TestNode, account: TestAccount, exits: Partial<ExitSettings>): Promise<void> {
  await node.ledger.setAccountTrading(account.id, { exits }, node.nowMs);
  node.account(account).tell({ kind: 'account', account: await accountRow(node, account) });
  await node.rest();
}

/** An account with one position of ours, which the EA has told, and these exits. */
async function scene(node: TestNode, exits: Partial<ExitSettings>): Promise<Scene> {
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  await setExits(node, account, exits);
  node.account(account).tell({ kind: 'decision', timed: { decision: node.decision() } });
  const { id } = await ea.wait('SIGNAL');
  await node.rest();
  const sent = (await node.signals()).find((signal) => signal.id === id) as SignalRow;
  ea.result(id, { requestedVolume: sent.volume, filledVolume: sent.volume, price: 1.1001 });
  ea.trade({ signalId: id, volume: sent.volume, remaining: sent.volume, stopLoss: sent.stopLoss, takeProfit: sent.takeProfit });
  await ea.settled();
  const row = (await node.signals()).find((signal) => signal.id === id) as SignalRow;
  assert.equal(row.state, 'EXECUTED');
  await held(ea, row);
  return { account, ea, row, risk: row.fillPrice - row.stopLoss };
}

function held(
  ea: ScriptedEa,
  row: SignalRow,
  change: { readonly volume?: number; readonly stopLoss?: number } = {},
): Promise<void> {
  const { volume, stopLoss, takeProfit } = row;
  return ea.holding([{ volume, stopLoss, takeProfit, openPrice: row.fillPrice, ...change }]);
}

/** The price has gained so many times what was risked. */
async function gained(node: TestNode, { ea, row, risk }: Scene, times: number): Promise<void> {
  await node.advance(1_000);
  const bid = Number((row.fillPrice + times * risk).toFixed(5));
  ea.state(bid, bid + 0.0001);
  await ea.settled();
}

const asked = (ea: ScriptedEa, action: CommandMessage['action']): CommandMessage[] =>
  ea.of('COMMAND').filter((message) => message.action === action);

const done = (id: string, change: Parameters<typeof resultMessage>[1] = {}) =>
  resultMessage(id, { subject: 'COMMAND', ...change });

test('with exits off nothing is asked, whatever the price does', async () => {
  await using node = await TestNode.open();
  const at = await scene(node, {});
  assert.equal(node.inspect(at.account).figures.exits, 'off');
  for (const times of [1, 2, 5]) await gained(node, at, times);
  await node.advance(node.heartbeatMs);
  assert.deepEqual(at.ea.of('COMMAND'), []);
});

test('break-even moves the stop once, to the entry, and keeps the target', async () => {
  await using node = await TestNode.open();
  const at = await scene(node, { breakEven: true });
  await gained(node, at, 0.9);
  assert.deepEqual(at.ea.of('COMMAND'), []);
  await gained(node, at, 1.1);
  await at.ea.wait('COMMAND');
  const [move] = asked(at.ea, 'MODIFY');
  assert.deepEqual([move?.position, move?.stopLoss, move?.takeProfit], [75n, at.row.fillPrice, at.row.takeProfit]);
  // While it is under way, and once it is done, it is not asked again.
  await gained(node, at, 1.3);
  at.ea.say(done(move?.id ?? ''));
  await held(at.ea, at.row, { stopLoss: at.row.fillPrice });
  for (const times of [1.2, 3, 0.5]) await gained(node, at, times);
  await at.ea.settled();
  assert.equal(asked(at.ea, 'MODIFY').length, 1);
  const [row] = (await node.ledger.listCommands()).rows;
  assert.deepEqual([row?.askedBy, row?.state, row?.reason], ['exit', 'EXECUTED', 'break-even: it can lose no more']);
});

test('the trailing stop follows in steps and never back', async () => {
  await using node = await TestNode.open();
  const at = await scene(node, { trailing: true, trailingMode: 'pips', trailingDistance: 10, trailingAfterR: 0 });
  let stop = at.row.stopLoss;
  const stops: number[] = [];
  for (const times of [0.5, 1, 0.2, 1.4, 1.41, 1.2, 2, 0.4]) {
    await gained(node, at, times);
    const moves = asked(at.ea, 'MODIFY');
    if (moves.length === stops.length) continue;
    const move = moves.at(-1) as CommandMessage;
    stops.push(move.stopLoss);
    assert.ok(move.stopLoss > stop, 'it moves with the gain alone');
    stop = move.stopLoss;
    at.ea.say(done(move.id));
    await held(at.ea, at.row, { stopLoss: stop });
  }
  const reached = (times: number): number => Number((at.row.fillPrice + times * at.risk - 0.001).toFixed(5));
  assert.deepEqual(stops, [0.5, 1, 1.4, 2].map(reached));
});

test('while a move is under way no other is asked, however far the price goes', async () => {
  await using node = await TestNode.open();
  const at = await scene(node, { trailing: true, trailingMode: 'pips', trailingDistance: 10, trailingAfterR: 0 });
  for (const times of [0.5, 1, 1.5, 2]) await gained(node, at, times);
  await node.advance(node.heartbeatMs);
  assert.equal(asked(at.ea, 'MODIFY').length, 1);
});

test('a share is closed once: over a cut before its answer, a repeat, and a new session after its end', async () => {
  await using node = await TestNode.open();
  const at = await scene(node, { partial: true, partialShare: 0.5 });
  await gained(node, at, 1.2);
  await at.ea.wait('COMMAND');
  const [part] = asked(at.ea, 'CLOSE_POSITION');
  const half = Math.floor(at.row.volume * 50) / 100;
  assert.deepEqual([part?.position, part?.volume], [75n, half]);
  at.ea.wire.destroy();
  await until(() => node.connections === 0, 'the line is cut');
  const again = { ...at, ea: await ScriptedEa.ready(node, at.account) };
  await held(again.ea, at.row);
  await gained(node, again, 1.3);
  assert.deepEqual(
    asked(again.ea, 'CLOSE_POSITION').map(({ id }) => id),
    [part?.id],
    'the same command again, and no other',
  );
  // Refused by the broker: the share is not asked for again, and the stop is looked after still.
  again.ea.say(done(part?.id ?? '', { outcome: 'REJECTED', retcode: 10_018, filledVolume: 0, deals: [] }));
  await again.ea.settled();
  await setExits(node, at.account, { partial: true, partialShare: 0.5, breakEven: true });
  const third = { ...at, ea: await ScriptedEa.ready(node, at.account) };
  await held(third.ea, at.row);
  for (const times of [1.3, 1.4, 1.5]) await gained(node, third, times);
  await third.ea.wait('COMMAND');
  assert.deepEqual(
    third.ea.of('COMMAND').map(({ action }) => action),
    ['MODIFY'],
  );
  const parts = (await node.ledger.listCommands()).rows.filter(({ action }) => action === 'CLOSE_POSITION');
  assert.equal(parts.length, 1);
});

test('of the user’s own positions, and in observe mode, nothing is asked', async () => {
  await using node = await TestNode.open();
  const at = await scene(node, { breakEven: true, timeStop: true, timeStopCandles: 1 });
  const { volume, stopLoss, takeProfit } = at.row;
  // Without a number of ours, and with one that another account's engine gave.
  for (const magic of [0n, (999_999n << 32n) | 1n]) {
    await at.ea.holding([{ magic, volume, stopLoss, takeProfit }]);
    await gained(node, at, 2);
  }
  await node.ledger.setAccountMode(at.account.id, 'observe', node.nowMs);
  node.account(at.account).tell({ kind: 'account', account: await accountRow(node, at.account) });
  await held(at.ea, at.row);
  await gained(node, at, 2);
  assert.equal(node.inspect(at.account).figures.exits, 'none: observe mode');
  assert.deepEqual(at.ea.of('COMMAND'), []);
});

test('what is too old is closed with the heartbeat, also where no quote comes; again a minute later if that came to nothing', async () => {
  await using node = await TestNode.open();
  const at = await scene(node, { timeStop: true, timeStopCandles: 1 });
  const beat = async (): Promise<void> => {
    await node.advance(node.heartbeatMs);
    at.ea.heartbeat();
    await at.ea.settled();
  };
  for (let beats = 0; asked(at.ea, 'CLOSE_POSITION').length === 0; beats += 1) {
    assert.ok(beats < 200, 'it is closed');
    await beat();
  }
  const [close] = asked(at.ea, 'CLOSE_POSITION');
  assert.ok(node.nowMs >= at.row.closeTime + 900_000);
  assert.equal(close?.volume, at.row.volume);
  at.ea.say(done(close?.id ?? '', { outcome: 'REJECTED', retcode: 10_018, filledVolume: 0, deals: [] }));
  await at.ea.settled();
  for (let beats = 0; asked(at.ea, 'CLOSE_POSITION').length === 1; beats += 1) {
    assert.ok(beats < 30, 'it is asked again');
    await beat();
  }
  assert.notEqual(asked(at.ea, 'CLOSE_POSITION')[1]?.id, close?.id);
});
