/** What a node goes on from that takes over what another had, and what it hears of what happens there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Meter } from '../../src/accounts/meter.js';
import type { StreamHub } from '../../src/admin/streams/hub.js';
import { StreamObserver } from '../../src/admin/streams/stream-observer.js';
import { thingOf } from '../../src/cluster/member.js';
import { OpenCandles } from '../../src/market/open-candles.js';
import { takeUpMeters } from '../../src/node/take-up-meters.js';
import { spreadStreams } from '../../src/node/streams.js';
import { Activity, untilIdle } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { ChangeWatch } from '../../src/storage/ledger/change-watch.js';
import type { TenantRow } from '../../src/storage/ledger/ledger.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';
import { TenantDirectory } from '../../src/tenant-directory.js';
import { newSignal } from '../contracts/ledger-world.js';
import { until } from '../support/actors.js';

const NOW_MS = Date.UTC(2026, 0, 6, 7, 30);
const TIERS = await readTiers();
const COSTS = await readCostUnits();

test('who takes a tenant over goes on from what was used of its predictions elsewhere', async () => {
  const clock = new SteppedClock(NOW_MS);
  const row: TenantRow = {
    id: 'north',
    name: 'North',
    tier: 'basic',
    signalTimeframe: 'M15',
    strategy: 's-1',
    symbols: ['EURUSD'],
    trading: {},
    stopped: null,
    createdAt: 0,
  };
  const meter = new Meter({ tiers: TIERS, costs: COSTS, count: () => {} });
  let tell: (thing: string, held: boolean) => void = () => {};
  const usage = { tenantId: 'north', what: 'predictions', hourMs: Date.UTC(2026, 0, 6, 7) } as const;
  const limit = TIERS.rate('basic', 'predictions').amount;
  assert.ok(Number.isFinite(limit));
  const end = takeUpMeters({
    roles: {
      follow: (listener) => {
        tell = listener;
        return () => {};
      },
    },
    // Of two nodes: what each has handed over.
    ledger: { usageSince: async () => [limit - 3, 2].map((amount) => ({ ...usage, amount })) },
    clock,
    log: silentLogger,
    tenants: new TenantDirectory(TIERS, [row]),
    meter,
  });
  const left = (): number => meter.left(row, NOW_MS).find(({ what }) => what === 'predictions')?.left ?? -1;
  tell(thingOf('tenant', 'north'), false);
  tell(thingOf('symbol', 'EURUSD'), true);
  for (let turns = 0; turns < 20; turns++) await turn();
  assert.equal(left(), limit);
  tell(thingOf('tenant', 'north'), true);
  await until(() => left() === 1, 'what is left is what both nodes left');
  end();
});

test('an event of a tenant is heard on every node, once, and figures where they are', async () => {
  const activity = new Activity();
  const broker = new MemoryBroker({ clock: new SteppedClock(NOW_MS), random: seededRandom(1), activity });
  const [a, b] = ['a', 'b'].map((name) => {
    const heard: unknown[] = [];
    const hub = {
      onHeard: () => {},
      publish: (...told: readonly unknown[]) => void heard.push(told),
      changed: () => void heard.push('a figure'),
    };
    const observer = new StreamObserver({
      hub: hub as unknown as StreamHub,
      latest: () => undefined,
      openCandles: new OpenCandles(),
    });
    return { heard, observer, end: spreadStreams({ observer }, name, broker.connect()) };
  });
  assert.ok(a && b);
  const signal = { ...newSignal(1, 1), seq: 1, filledVolume: 0, remainingVolume: 0, fillPrice: 0, updatedAt: 0, reason: null };
  a.observer.moved(signal);
  a.observer.ticked({
    symbol: 'EURUSD',
    count: 0,
    timesMs: new Float64Array(),
    bids: new Float64Array(),
    asks: new Float64Array(),
  });
  await untilIdle(activity);
  const { tenantId, accountId } = signal;
  const event = ['signals', { tenantId, accountId }, { kind: 'moved', signal }];
  assert.deepEqual([a.heard, b.heard], [[event], [event]]);
  b.end();
  a.observer.moved(signal);
  await untilIdle(activity);
  assert.deepEqual([a.heard.length, b.heard.length], [2, 1]);
});

test('a change that is told of while a look is under way is looked for again', async () => {
  const asked: (number | undefined)[] = [];
  let answer: (rows: readonly number[]) => void = () => {};
  const told: number[] = [];
  const watch = new ChangeWatch<number>({
    changes: (after) => {
      asked.push(after);
      return new Promise((resolve) => {
        answer = (rows) => resolve({ rows, newest: (after ?? 0) + rows.length });
      });
    },
    timers: new SteppedClock(0),
    changed: (row) => told.push(row),
  });
  watch.look();
  // The look that is under way may have read the ledger before the change.
  watch.look();
  watch.look();
  answer([]);
  await turn();
  assert.equal(asked.length, 2, 'once more, however often it was told');
  answer([7]);
  await turn();
  answer([]);
  await turn();
  assert.deepEqual([told, asked.length], [[7], 3]);
});
