/** An account's limits with the real parts around it: what an EA is told, what the ledger keeps, what is not sent any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RiskMessage } from '../../src/protocol/messages.js';
import type { Breach } from '../../src/risk/limit-watch.js';
import { until } from '../support/actors.js';
import { type TestAccount, TestNode, type TestNodeWish } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

async function ready(wish: TestNodeWish = {}) {
  const told: Breach[] = [];
  const node = await TestNode.open({ ...wish, observers: () => [{ breached: (_, breach) => void told.push(breach) }] });
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  return { node, account, ea, told };
}

/** Until the EA has been told so. */
function risk(ea: ScriptedEa, told: Partial<RiskMessage>): Promise<void> {
  const last = (): Readonly<Record<string, unknown>> => ({ ...ea.of('RISK').at(-1) });
  return until(() => Object.entries(told).every(([name, value]) => last()[name] === value), `RISK says ${JSON.stringify(told)}`);
}

async function decide(node: TestNode, account: TestAccount, ea: ScriptedEa, closeTime = node.nowMs): Promise<string | undefined> {
  node.account(account).tell({ kind: 'decision', timed: { decision: node.decision({ closeTime }) } });
  await ea.settled();
  return (await node.refusals()).at(-1)?.reason;
}

const LOST = { balance: 9_900, equity: 9_300, dayProfit: -100, floating: -600 };

test('a day’s loss past its limit disables the account at once, in the ledger too, and its EA is told', async () => {
  const { node, account, ea, told } = await ready();
  await using _ = node;
  ea.state(1.1, 1.1001, LOST);
  await ea.settled();
  assert.deepEqual(
    told.map(({ kind, action, limitValue, currentValue }) => [kind, action, limitValue, currentValue]),
    [['daily-loss', 'disable', 5, 7]],
  );
  await risk(ea, { tradingEnabled: false });
  const [row] = await node.ledger.accounts([account.id]);
  assert.deepEqual([row?.disabled?.reason, row?.disabled?.by], ['daily-loss', 'limit']);
  ea.state(1.1, 1.1001);
  assert.equal(await decide(node, account, ea), 'account-disabled', 'also once the loss is gone');
  assert.deepEqual(ea.of('SIGNAL'), []);
});

test('a disabled account is disabled still in the next session, until an operator enables it', async () => {
  const { node, account, ea } = await ready();
  await using _ = node;
  ea.state(1.1, 1.1001, LOST);
  await ea.settled();
  const again = await ScriptedEa.ready(node, account);
  await risk(again, { tradingEnabled: false });
  assert.equal(await decide(node, account, again), 'account-disabled');
  const enabled = await node.ledger.setAccountDisabled(account.id, null, node.nowMs);
  assert.ok(enabled);
  node.account(account).tell({ kind: 'account', account: enabled });
  await again.settled();
  await risk(again, { tradingEnabled: true });
  await decide(node, account, again, node.nowMs + 1);
  await again.wait('SIGNAL');
});

test('a ledger that does not answer is asked until it has kept that an account is disabled', async () => {
  const { node, account, ea } = await ready();
  await using _ = node;
  node.grip.fail = 'before';
  ea.state(1.1, 1.1001, LOST);
  await ea.settled();
  assert.equal((await node.ledger.accounts([account.id]))[0]?.disabled, null);
  await risk(ea, { tradingEnabled: false });
  node.grip.fail = undefined;
  await node.advance(5_000);
  assert.equal((await node.ledger.accounts([account.id]))[0]?.disabled?.reason, 'daily-loss');
});

test('where its tenant chose to close, a breach closes and leaves the account enabled', async () => {
  const { node, account, ea, told } = await ready();
  await using _ = node;
  await node.changeTenant({ trading: { risk: { onBreach: 'close' } } });
  ea.state(1.1, 1.1001, LOST);
  ea.state(1.1, 1.1001, { ...LOST, equity: 9_200, floating: -700 });
  await ea.settled();
  const closing = ea.of('COMMAND').filter(({ action }) => action === 'CLOSE_ALL');
  assert.deepEqual(
    closing.map(({ scope, reason }) => [scope, reason]),
    [['OURS', 'The day’s loss has reached its limit.']],
    'once',
  );
  assert.deepEqual(
    told.map(({ action }) => action),
    ['close'],
  );
  assert.equal((await node.ledger.accounts([account.id]))[0]?.disabled, null);
  assert.equal(await decide(node, account, ea), 'daily-loss', 'and nothing is opened while the loss stands');
});

test('a drawdown past its limit disables, and one that is not read yet waits', async () => {
  let drawdown: number | undefined;
  const { node, account, ea } = await ready({ drawdown: () => drawdown });
  await using _ = node;
  assert.equal(await decide(node, account, ea), undefined, 'neither sent nor refused');
  drawdown = 0;
  await node.advance(250);
  await ea.wait('SIGNAL');
  drawdown = 20.5;
  ea.state();
  await ea.settled();
  assert.equal((await node.ledger.accounts([account.id]))[0]?.disabled?.reason, 'drawdown');
});

test('a tenant’s limits and its emergency stop reach accounts that are connected', async () => {
  const { node, account, ea } = await ready();
  await using _ = node;
  const [before] = ea.of('RISK');
  const limits = {
    symbols: ['EURUSD'],
    openPositionsMost: 3,
    dailyLossMostPercent: 4,
    drawdownStopsPercent: 15,
    spreadPipsMost: 2,
    hours: [{ days: ['MON' as const, 'TUE' as const], from: '07:00', to: '20:30' }],
  };
  await node.changeTenant({ trading: { risk: limits } });
  await risk(ea, { positionsMax: 3 });
  const told = ea.of('RISK').at(-1);
  assert.ok(told !== undefined && told.revision > (before?.revision ?? 0));
  assert.deepEqual(
    [told.dailyLossMax, told.drawdownMax, told.positionsMax, told.symbolIds.length, told.tradingEnabled],
    [4, 15, 3, 1, true],
  );
  assert.deepEqual(told.hours, [
    { day: 1, fromSeconds: 25_200, toSeconds: 73_800 },
    { day: 2, fromSeconds: 25_200, toSeconds: 73_800 },
  ]);
  await until(() => ea.of('SETTINGS').at(-1)?.spreadPointsMax === 20, 'the spread is told in points');
  await node.changeTenant({ stopped: { reason: 'a test', atMs: node.nowMs, by: 'operator' } });
  await risk(ea, { emergencyStop: true });
  assert.equal(await decide(node, account, ea), 'emergency-stop');
  await node.changeTenant({ stopped: null, trading: {} });
  await risk(ea, { emergencyStop: false });
  await decide(node, account, ea, node.nowMs + 1);
  await ea.wait('SIGNAL');
});

test('the node’s emergency stop is told to every account, and stops it', async () => {
  let stopped = false;
  const { node, account, ea } = await ready({
    halted: () => (stopped ? { reason: 'fire', atMs: 0, by: 'operator' } : null),
  });
  await using _ = node;
  stopped = true;
  await node.tellHalted();
  await risk(ea, { emergencyStop: true });
  assert.equal(await decide(node, account, ea), 'emergency-stop');
});

test('a symbol that is allowed and not described yet lets nothing be opened until it is', async () => {
  await using node = await TestNode.open();
  const account = await node.addAccount();
  await node.ledger.setAccountTrading(account.id, { risk: { symbols: ['EURUSD'] } }, node.nowMs);
  const ea = await ScriptedEa.connect(node, account);
  ea.hello();
  const first = await ea.wait('RISK');
  assert.deepEqual([first.symbolIds, first.tradingEnabled], [[], false], 'an empty list would allow all');
  ea.symbols();
  await ea.settled();
  const then = await ea.wait('RISK', 2);
  assert.deepEqual([then.symbolIds.length, then.tradingEnabled], [1, true]);
});

test('the user’s own positions take up room, and until they are told nothing is opened', async () => {
  const { node, account, ea } = await ready();
  await using _ = node;
  await node.changeTenant({ trading: { risk: { openPositionsMost: 2 } } });
  ea.snapshot([{ position: 900n }, { position: 901n }], node.nowMs);
  await ea.settled();
  assert.equal(await decide(node, account, ea), 'too-many-positions');
  ea.snapshot([{ position: 900n }], node.nowMs + 1);
  await ea.settled();
  await decide(node, account, ea, node.nowMs + 1);
  await ea.wait('SIGNAL');
});
