/** What an EA tells of its account, in every store that the specifications name for it: driven over a socket, read back by name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { Activity } from '../../src/runtime/activity.js';
import { seededRandom } from '../../src/runtime/random.js';
import { AnalyticsRecorder } from '../../src/storage/analytics/analytics-recorder.js';
import { BusTeller } from '../../src/storage/bus/bus-teller.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { everythingUnder } from '../../src/storage/bus/subjects.js';
import { HotKeeper } from '../../src/storage/cache/hot-keeper.js';
import { tenantId, tenantKey } from '../../src/storage/cache/keys.js';
import { MemoryCache } from '../../src/storage/cache/memory-cache.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import type { RiskEventRow } from '../../src/storage/ledger/history.js';
import { HistoryKeeper } from '../../src/storage/ledger/history-keeper.js';
import { PresenceKeeper } from '../../src/storage/ledger/presence-keeper.js';
import { until } from '../support/actors.js';
import { TestNode } from '../support/node.js';
import { ScriptedEa } from '../support/scripted-ea.js';

const BLUE = tenantId('blue');
const MINUTE_MS = 60_000;

interface Told {
  readonly name: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** A node with all that keeps what accounts tell; what goes to the writers of ledger and analytics is noted. */
async function keptNode() {
  const rows: Told[] = [];
  const told: { readonly subject: string; readonly payload: unknown }[] = [];
  const activity = new Activity();
  const made: { cache: MemoryCache; presence: PresenceKeeper; history: HistoryKeeper }[] = [];
  const note = (name: string, row: object): boolean => {
    rows.push({ name, row: { ...row } });
    return true;
  };
  let node: TestNode | undefined;
  node = await TestNode.open({
    observers: ({ ledger, clock }) => {
      const cache = new MemoryCache({ clock });
      const hot = new HotKeeper({ cache, journal: new RecentCandles(), timers: clock });
      const broker = new MemoryBroker({ clock, random: seededRandom(1), activity });
      const listener = broker.connect();
      const hear = ({ subject, payload }: { readonly subject: string; readonly payload: unknown }): void =>
        void told.push({ subject, payload });
      listener.subscribe(everythingUnder('mt5'), hear);
      const teller = new BusTeller({ bus: broker.connect() });
      const writer = { record: note, full: false };
      const event = (row: RiskEventRow): void => teller.riskEvent(row);
      const history = new HistoryKeeper({ writer, store: ledger, clock, log: silentLogger, told: event });
      const presence = new PresenceKeeper({ store: ledger, raise: (row) => history.event(row), clock, log: silentLogger });
      const board = { nearest: () => undefined } as never;
      const analytics = new AnalyticsRecorder({
        writer: { record: note },
        ledger,
        board,
        source: () => 'test',
        isFeed: () => false,
        log: silentLogger,
        activity,
      });
      made.push({ cache, presence, history });
      return [hot, teller, history, presence, analytics];
    },
  });
  const { cache, presence, history } = made[0] as (typeof made)[number];
  const of = (name: string): readonly Told['row'][] => rows.flatMap((row) => (row.name === name ? [row.row] : []));
  const on = (subject: string): readonly unknown[] => told.flatMap((each) => (each.subject === subject ? [each.payload] : []));
  const dispose = async (): Promise<void> => {
    await presence.close();
    history.close();
    await node[Symbol.asyncDispose]();
  };
  return { node, cache, of, on, [Symbol.asyncDispose]: dispose };
}

test('profile, money, heartbeats, quotes, trades and results of an account are in ledger, cache, analytics and on the bus', async () => {
  await using kept = await keptNode();
  const { node, cache, of, on } = kept;
  const account = await node.addAccount();
  const { id } = account;
  const startMs = node.nowMs;
  const ea = await ScriptedEa.ready(node, account, { leverage: 200, eaBuild: 7, riskPercentMax: 1.5 });
  ea.heartbeat(true);
  node.account(account).tell({ kind: 'decision', timed: { decision: node.decision() } });
  const signal = await ea.wait('SIGNAL');
  await node.advance(LIMITS.cache.hotMs);
  assert.equal((await cache.get(tenantKey(BLUE, 'signal', id, signal.id)))?.state, 'SENT', 'active_signals');
  ea.result(signal.id, { requestedVolume: signal.volume, filledVolume: signal.volume });
  ea.trade({ signalId: signal.id, volume: signal.volume, deal: 91n });
  await node.becomes('EXECUTED');
  await ea.settled();
  await node.advance(LIMITS.cache.hotMs);

  // mt5_user_profiles, user:profile:{user_id}
  const [row] = await node.ledger.accounts([id]);
  assert.deepEqual([row?.login, row?.server, row?.currency], [5_001, 'Broker-Demo', 'USD']);
  const profile = {
    mode: 'demo',
    login: 5_001,
    server: 'Broker-Demo',
    company: 'Broker Ltd',
    currency: 'USD',
    leverage: 200,
    marginMode: 'HEDGING',
    tradeMode: 'DEMO',
    eaBuild: 7,
    terminalBuild: 4_000,
    caps: { riskPercentMax: 1.5, volumeMax: 0, positionsMax: 0, dailyLossMax: 0, drawdownMax: 0 },
    timeMs: startMs,
  };
  assert.deepEqual(await cache.get(tenantKey(BLUE, 'profile', id)), profile);
  assert.deepEqual(on(`mt5.account.${id}.profile`), [profile]);
  // mt5_account_balance_history, user:balance:{user_id}
  assert.equal(of('balances')[0]?.equity, 10_000);
  assert.deepEqual([of('balanceHistory')[0]?.balance, of('balanceHistory')[0]?.leverage], [10_000, 200]);
  assert.equal((await cache.get(tenantKey(BLUE, 'balance', id)))?.balance, 10_000);
  assert.equal(on(`mt5.account.${id}.balance`).length, 1);
  // mt5_ea_heartbeat
  assert.deepEqual([of('heartbeats')[0]?.status, of('heartbeats')[0]?.eaVersion], ['online', '7']);
  assert.equal(on(`mt5.account.${id}.heartbeat`).length, 1);
  // mt5_broker_quotes, broker_quote:{account_id}:{symbol}
  assert.equal(of('brokerQuotes')[0]?.bid, 1.1);
  assert.equal((await cache.get(tenantKey(BLUE, 'quote', id, 'EURUSD')))?.ask, 1.1001);
  assert.equal(on(`mt5.account.${id}.quotes.EURUSD`).length, 1);
  // mt5_signal_executions, mt5_trade_orders
  assert.equal((await node.ledger.listExecutions()).rows[0]?.outcome, 'EXECUTED');
  assert.equal(of('executions')[0]?.outcome, 'EXECUTED');
  assert.equal((await node.ledger.listDeals()).rows[0]?.deal, '91');
  await until(() => on(`mt5.account.${id}.trades.open`).length === 1, 'the deal is on the bus');
  assert.equal(await cache.get(tenantKey(BLUE, 'signal', id, signal.id)), undefined, 'it is decided');

  for (const [kind, minutes] of [
    ['balance', 5],
    ['profile', 15],
  ] as const) {
    const key = tenantKey(BLUE, kind, id);
    node.clock.advanceTo(node.clock.nowMs() + minutes * MINUTE_MS);
    assert.equal(await cache.get(key), undefined, `${kind} lives ${minutes} minutes`);
  }
});

test('a profile is told again when an operator changes the account', async () => {
  await using kept = await keptNode();
  const { node, cache, on } = kept;
  const account = await node.addAccount();
  await ScriptedEa.ready(node, account);
  const changed = await node.ledger.setAccountMode(account.id, 'observe', node.nowMs);
  assert.ok(changed !== undefined);
  node.account(account).tell({ kind: 'account', account: changed });
  await node.rest();
  await node.advance(LIMITS.cache.hotMs);
  const modes = on(`mt5.account.${account.id}.profile`).map((payload) => (payload as { readonly mode: string }).mode);
  assert.deepEqual(modes, ['demo', 'observe']);
  assert.equal(((await cache.get(tenantKey(BLUE, 'profile', account.id))) as { readonly mode: string }).mode, 'observe');
});

test('three takeovers between two instances within ten minutes are a row of alarm, in the ledger’s history and on the bus', async () => {
  await using kept = await keptNode();
  const { node, of, on } = kept;
  const account = await node.addAccount();
  const instances = ['a', 'f'].map((digit) => digit.repeat(32));
  for (let turn = 0; turn <= LIMITS.session.takeovers; turn += 1) {
    assert.deepEqual(of('riskEvents'), [], `not after ${turn} sessions`);
    await ScriptedEa.ready(node, account, { instance: instances[turn % 2] as string });
  }
  const [alarm] = of('riskEvents');
  assert.deepEqual(
    [alarm?.kind, alarm?.severity, alarm?.limitValue, alarm?.currentValue, alarm?.action],
    ['takeovers', 'critical', 3, 3, 'no-signals'],
  );
  await until(() => on(`mt5.account.${account.id}.risk`).length === 1, 'it is on the bus');
  assert.deepEqual(on(`mt5.account.${account.id}.risk`), [alarm]);
});

test('an EA that falls silent is an alarm in the ledger’s history and on the bus', async () => {
  await using kept = await keptNode();
  const { node, of, on } = kept;
  const account = await node.addAccount();
  const ea = await ScriptedEa.ready(node, account);
  ea.wire.destroy();
  await ea.settled();
  for (let passed = 0; passed < 2 * LIMITS.session.outageMs; passed += LIMITS.session.outageLookMs)
    await node.advance(LIMITS.session.outageLookMs);
  await until(() => on(`mt5.account.${account.id}.risk`).length === 1, 'it is on the bus');
  assert.deepEqual(on(`mt5.account.${account.id}.risk`), of('riskEvents'));
  assert.equal(of('riskEvents')[0]?.kind, 'ea-silent');
});
