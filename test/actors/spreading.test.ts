/** A decision on its way to many accounts: who is told when, and that nobody is left out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountMessage } from '../../src/actors/account.js';
import type { ActorRef } from '../../src/actors/actor.js';
import { type SignalMessage, type SignalSettings, signalActor } from '../../src/actors/signal.js';
import { Spreading } from '../../src/actors/spreading.js';
import { Subscriptions } from '../../src/actors/subscriptions.js';
import { ColumnView } from '../../src/features/column-view.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { LIMITS } from '../../src/limits.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import type { Decision, TimedDecision } from '../../src/signals/signal.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { testSystem } from '../support/actors.js';
import { EVERY_RIGHT } from '../support/rights.js';

const { spreadAtOnce, spreadEveryMs } = LIMITS.signal;
const START_MS = Date.UTC(2026, 0, 6, 7);

function decision(strategy: string): TimedDecision {
  const told: Partial<Decision> = { kind: 'OPEN', tenantId: 'tenant', strategy, symbol: 'EURUSD', validUntil: START_MS + 60_000 };
  return { decision: told as Decision };
}

/** Accounts that note what they are told, in the order in which all of them are. */
function crowd(count: number) {
  const told: (readonly [account: number, strategy: string])[] = [];
  const accounts = Array.from({ length: count }, (_, at) => {
    const tell = (message: AccountMessage): boolean =>
      message.kind === 'decision' && told.push([at, message.timed.decision.strategy]) > 0;
    return { path: `/account-${at}`, tell } as ActorRef<AccountMessage>;
  });
  return { told, accounts };
}

test('each account is told each decision once and in their order, and each time another is first', () => {
  const { told, accounts } = crowd(2 * spreadAtOnce + 5);
  const spreading = new Spreading(() => true);
  spreading.add(decision('one'), accounts);
  spreading.add(decision('two'), accounts);
  let slices = 0;
  for (; !spreading.isOver; slices++) {
    const before = told.length;
    spreading.tellSlice();
    assert.ok(told.length - before <= spreadAtOnce);
  }
  assert.equal(slices, 6);
  for (const strategy of ['one', 'two']) {
    const whom = told.filter(([, of]) => of === strategy).map(([account]) => account);
    assert.deepEqual(
      [...whom].sort((a, b) => a - b),
      accounts.map((_, at) => at),
    );
  }
  assert.deepEqual(told.map(([, of]) => of).lastIndexOf('one') < told.findIndex(([, of]) => of === 'two'), true);
  const firsts = ['one', 'two'].map((strategy) => told.find(([, of]) => of === strategy)?.[0]);
  assert.notEqual(firsts[0], firsts[1]);
});

test('while there is no room nobody is told, and nobody is forgotten', () => {
  const { told, accounts } = crowd(spreadAtOnce + 1);
  let hasRoom = false;
  const spreading = new Spreading(() => hasRoom);
  spreading.add(decision('one'), accounts);
  spreading.tellSlice();
  assert.deepEqual([told.length, spreading.isOver], [0, false]);
  hasRoom = true;
  while (!spreading.isOver) spreading.tellSlice();
  assert.equal(told.length, accounts.length);
});

test('a tenant without accounts has nothing to spread', () => {
  const spreading = new Spreading(() => true);
  spreading.add(decision('one'), []);
  assert.equal(spreading.isOver, true);
});

test('an actor that crashes in the middle of a fan-out goes on where it was', async () => {
  const clock = new SteppedClock(START_MS);
  await using held = testSystem({ clock });
  const { told, accounts } = crowd(3 * spreadAtOnce);
  const settings: SignalSettings = {
    tenantId: 'tenant',
    strategy: 's-1',
    timeframe: 'M1',
    symbols: ['EURUSD'],
    thresholds: DEFAULT_THRESHOLDS,
    columns: new ColumnView(() => true),
    rights: EVERY_RIGHT,
  };
  const signal: ActorRef<SignalMessage> = held.system.spawn(
    signalActor({
      settings: () => settings,
      subscriptions: new Subscriptions(),
      features: new FeatureStreams({ journal: new RecentCandles(), snapshots: new MemorySnapshots() }),
      accounts: { get: () => undefined, all: () => accounts },
      onDecision: () => {},
    }),
  );
  const settled = async (): Promise<void> => {
    while (held.activity.pending > 0) await new Promise(setImmediate);
  };
  signal.tell({ kind: 'decided', timed: decision('one') });
  await settled();
  assert.equal(told.length, spreadAtOnce);
  signal.tell({ kind: 'poison' } as never);
  for (let step = 0; step < 200; step++) {
    await settled();
    clock.advanceTo(clock.nowMs() + Math.max(spreadEveryMs, 50));
  }
  await settled();
  assert.deepEqual(
    told.map(([account]) => account).sort((a, b) => a - b),
    accounts.map((_, at) => at),
  );
});
