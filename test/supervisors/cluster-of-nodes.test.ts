/**
 * Several trees over one bus, on simulated time. What they do together is held against one tree that does it alone on the same
 * market: the same candles in every journal, the same decisions, each made once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAssessor } from '../../src/accounts/assessment.js';
import { Meter } from '../../src/accounts/meter.js';
import { clusterActor, ClusterRoles } from '../../src/actors/cluster.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { FEED } from '../../src/actors/feed.js';
import { thingOf } from '../../src/cluster/member.js';
import { CLUSTER_PROTOCOL } from '../../src/cluster/protocol.js';
import { DemoMarket } from '../../src/demo/demo-market.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { ColumnView } from '../../src/features/column-view.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { LIMITS } from '../../src/limits.js';
import type { Candle } from '../../src/market/candle.js';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { QuoteBoard } from '../../src/market/quote-board.js';
import { TIMEFRAMES } from '../../src/market/timeframe.js';
import { listenToOthers } from '../../src/node/listen-to-others.js';
import { Activity } from '../../src/runtime/activity.js';
import { type Clock, SteppedClock } from '../../src/runtime/clock.js';
import { seededIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import type { Decision } from '../../src/signals/signal.js';
import type { Bus } from '../../src/storage/bus/bus.js';
import { BusTeller } from '../../src/storage/bus/bus-teller.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { GroupCommit } from '../../src/storage/ledger/group-commit.js';
import type { TenantRow } from '../../src/storage/ledger/ledger.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';
import { type Root, startRoot } from '../../src/supervisors/root.js';
import { EVERY_RIGHT } from '../support/rights.js';

const TIERS = await readTiers();
const COSTS = await readCostUnits();
const EVERY_COLUMN = new ColumnView(() => true);
const SYMBOLS = INSTRUMENTS.slice(0, 6).map(({ symbol }) => symbol);
const SEED = 11;
const MINUTE_MS = 60_000;

const tenants: readonly TenantRow[] = ['one', 'two', 'three', 'four'].map((id) => ({
  id,
  name: id,
  tier: 'enterprise',
  signalTimeframe: 'M1',
  strategy: 's-1',
  symbols: SYMBOLS,
  trading: {},
  stopped: null,
  createdAt: 0,
}));
const THINGS = [FEED, ...SYMBOLS.map((name) => thingOf('symbol', name)), ...tenants.map(({ id }) => thingOf('tenant', id))];

/** How a version of the engine speaks on the bus. */
interface Version {
  readonly protocol: number;
  readonly speaks: (bus: Bus) => Bus;
}

const THIS: Version = { protocol: CLUSTER_PROTOCOL, speaks: (bus) => bus };
/** Tells of itself what its version knew, and nothing that came since. */
const EARLIER: Version = {
  protocol: CLUSTER_PROTOCOL - 1,
  speaks: (bus) => spoken(bus, ({ protocol: _, ...told }) => told),
};
/** Tells more than anybody knows, on the bus and in the registry. */
const LATER: Version = {
  protocol: CLUSTER_PROTOCOL + 1,
  speaks: (bus) => spoken(bus, (told) => ({ ...told, later: { unknown: [1, 'x'] } })),
};

function spoken(bus: Bus, as: (told: Readonly<Record<string, unknown>>) => object): Bus {
  const said = <T>(value: T): T => (typeof value === 'object' && value !== null ? as(value as never) : value) as T;
  const { registry } = bus;
  return {
    registry: {
      create: (name, value) => registry.create(name, said(value)),
      replace: (name, value, revision) => registry.replace(name, said(value), revision),
      remove: (name, revision) => registry.remove(name, revision),
      watch: (heard) => registry.watch(heard),
    },
    get fault() {
      return bus.fault;
    },
    publish: (subject, payload) => bus.publish(subject, said(payload)),
    keep: (subject, payload, id) => bus.keep(subject, said(payload), id),
    subscribe: (pattern, handle) => bus.subscribe(pattern, handle),
    consume: (pattern, options, handle) => bus.consume(pattern, options, handle),
    close: () => bus.close(),
  };
}

/** The market of the seed, with a few of its symbols. */
class SmallMarket extends DemoMarket {
  override poll(nowMs: number, sink: Parameters<DemoMarket['poll']>[1]): void {
    super.poll(nowMs, (symbol, ...told) => (SYMBOLS.includes(symbol) ? sink(symbol, ...told) : undefined));
  }
}

const nameOf = ({ tenantId, symbol, closeTime, kind, direction, score }: Decision): string =>
  [tenantId, symbol, closeTime, kind, direction, score.toFixed(9)].join(' ');
const textOf = ({ symbol, timeframe, time, open, high, low, close, volume }: Candle): string =>
  [symbol, timeframe, time, open, high, low, close, volume].join(' ');

class TestNode {
  readonly journal = new RecentCandles();
  readonly market = new SmallMarket(SEED, this.journal, new SharedPrices());
  readonly scheduler: DeterministicScheduler;
  readonly decisions: string[] = [];
  readonly candles: string[] = [];
  readonly roles: ClusterRoles | undefined;
  root: Root | undefined;
  bus: Bus | undefined;

  constructor(
    readonly name: string,
    readonly world: TestCluster,
    version: Version = THIS,
  ) {
    const { clock, machine, activity } = world;
    this.scheduler = new DeterministicScheduler(seededRandom(name));
    const board = new QuoteBoard();
    const ledger = new MemoryLedger();
    const roles = world.broker && new ClusterRoles(name, machine);
    this.roles = roles;
    const bus = world.broker?.connect();
    this.bus = bus && version.speaks(bus);
    const underOf = (thing: string) => {
      const epoch = thing === 'node' ? { generation: 0, revision: 0 } : roles?.holds(thing);
      return epoch && { node: name, ...epoch };
    };
    const teller = this.bus && new BusTeller({ bus: this.bus, underOf });
    const spec =
      roles &&
      this.bus &&
      clusterActor(
        {
          node: name,
          registry: this.bus.registry,
          machine,
          ids: seededIds(name),
          things: () => THINGS,
          state: () => ({ version: '1', fit: true, why: null, url: null, sessions: 0, busy: false, endpoints: [] }),
          nextGeneration: () => ledger.nextGeneration(),
          protocol: version.protocol,
        },
        roles,
      );
    this.root = startRoot({
      scheduler: this.scheduler,
      clock,
      random: seededRandom(name),
      ids: seededIds(SEED),
      log: silentLogger,
      activity,
      board,
      journal: this.journal,
      features: new FeatureStreams({ journal: this.journal, snapshots: new MemorySnapshots() }),
      ledger,
      commits: new GroupCommit({ ledger, clock, activity }),
      symbols: SYMBOLS,
      isReference: () => false,
      tenants,
      settingsOf: ({ id, strategy, signalTimeframe, symbols }) => ({
        tenantId: id,
        strategy,
        timeframe: signalTimeframe,
        symbols,
        rights: EVERY_RIGHT,
        thresholds: DEFAULT_THRESHOLDS,
        columns: EVERY_COLUMN,
      }),
      assessor: createAssessor({
        reference: (symbol, timeMs) => board.nearest(symbol, timeMs),
        subscribed: () => new Set(SYMBOLS),
      }),
      allowance: new Meter({ tiers: TIERS, costs: COSTS, count: () => {} }).signals(() => 'enterprise'),
      heartbeatMs: LIMITS.session.heartbeatMs,
      observers: [
        {
          decision: (decision) => void this.decisions.push(nameOf(decision)),
          candle: (candle) => void this.candles.push(textOf(candle)),
        },
        ...(teller ? [teller] : []),
      ],
      ...(teller ? { out: teller } : {}),
      ...(roles && spec ? { cluster: { roles, spec } } : {}),
    });
    if (this.bus) listenToOthers({ node: name, bus: this.bus, root: this.root, tenants: () => tenants.map(({ id }) => id) });
  }

  open(): void {
    this.root?.startFeed('synthetic', { source: this.market, periodMs: 250 });
  }

  async kill(): Promise<void> {
    this.root?.system.close();
    this.root = undefined;
    await this.bus?.close();
  }

  journalled(): readonly string[] {
    return SYMBOLS.flatMap((symbol) => TIMEFRAMES.flatMap((timeframe) => this.journal.recent(symbol, timeframe).map(textOf)));
  }
}

class TestCluster {
  readonly activity = new Activity();
  readonly clock: SteppedClock;
  readonly machine: Clock;
  readonly broker: MemoryBroker | undefined;
  nodes: readonly TestNode[] = [];

  constructor(together: boolean) {
    this.clock = new SteppedClock(new SmallMarket(SEED, new RecentCandles(), new SharedPrices()).startMs);
    const { clock } = this;
    this.machine = {
      nowMs: () => clock.nowMs(),
      steadyMs: () => clock.steadyMs(),
      monotonicNs: () => BigInt(clock.nowMs()) * 1_000_000n,
      after: (delayMs, call) => clock.after(delayMs, call),
      every: (periodMs, call) => clock.every(periodMs, call),
    };
    this.broker = together ? new MemoryBroker({ clock, random: seededRandom('broker'), activity: this.activity }) : undefined;
  }

  /** Once it is settled who has what, the market opens. */
  async start(...names: readonly string[]): Promise<void> {
    await this.startAs(new Map(names.map((name) => [name, THIS])));
  }

  async startAs(versions: ReadonlyMap<string, Version>): Promise<void> {
    this.nodes = [...versions].map(([name, version]) => new TestNode(name, this, version));
    await this.run(2 * LIMITS.cluster.ttlMs);
    for (const node of this.nodes) node.open();
  }

  async run(forMs: number): Promise<void> {
    const endMs = this.clock.nowMs() + forMs;
    for (;;) {
      await this.#settle();
      const dueMs = this.clock.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) break;
      this.clock.advanceTo(dueMs);
    }
    this.clock.advanceTo(endMs);
    await this.#settle();
  }

  async #settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      const turns = this.nodes.map(({ scheduler, root }) => (root === undefined ? 0 : scheduler.drain()));
      quiet = turns.some((taken) => taken > 0) ? 0 : quiet + 1;
      for (let turn = 0; turn < 8; turn++) await undefined;
    }
  }

  get alive(): readonly TestNode[] {
    return this.nodes.filter(({ root }) => root !== undefined);
  }
}

async function alone(minutes: number): Promise<TestNode> {
  const world = new TestCluster(false);
  await world.start('alone');
  await world.run(minutes * MINUTE_MS);
  return world.nodes[0] as TestNode;
}

const sorted = (texts: Iterable<string>): readonly string[] => [...texts].sort();

test('three nodes do together what one does alone: the same candles everywhere, each decision once', {
  timeout: 120_000,
}, async () => {
  const one = await alone(12);
  const world = new TestCluster(true);
  await world.start('a', 'b', 'c');
  await world.run(12 * MINUTE_MS);
  for (const node of world.nodes) assert.deepEqual(sorted(node.journalled()), sorted(one.journalled()), node.name);
  const closed = world.nodes.flatMap(({ candles }) => candles);
  assert.equal(new Set(closed).size, closed.length, 'each candle is closed by one');
  const decided = world.nodes.flatMap(({ decisions }) => decisions);
  assert.deepEqual(sorted(decided), sorted(one.decisions));
  assert.ok(one.decisions.length > 20, `${one.decisions.length} decisions`);
  assert.ok(
    world.nodes.every(({ candles }) => candles.length > 0),
    'each has its share',
  );
});

test('when nodes are killed, one after the other, the last goes on with every candle and every later decision', {
  timeout: 120_000,
}, async () => {
  const one = await alone(26);
  const world = new TestCluster(true);
  await world.start('a', 'b', 'c');
  // In the second in which candles close, where most is under way.
  for (const after of [5 * MINUTE_MS + 10_300, 5 * MINUTE_MS + 200]) {
    await world.run(after);
    const feed = world.alive.find(({ roles }) => roles?.holds(FEED) !== undefined);
    assert.ok(feed, 'somebody is the feed');
    await feed.kill();
  }
  const fromMs = world.clock.nowMs() + 2 * LIMITS.cluster.ttlMs;
  await world.run(26 * MINUTE_MS - (5 * MINUTE_MS + 10_300) - (5 * MINUTE_MS + 200));
  const [last, ...more] = world.alive;
  assert.ok(last !== undefined && more.length === 0);
  assert.deepEqual(sorted(last.journalled()), sorted(one.journalled()));
  const isLater = (name: string): boolean => Number(name.split(' ')[2]) >= fromMs;
  assert.deepEqual(sorted(last.decisions.filter(isLater)), sorted(one.decisions.filter(isLater)));
  assert.ok(one.decisions.filter(isLater).length > 3);
});

for (const [what, other] of [
  ['the version before', EARLIER],
  ['the version after', LATER],
] as const)
  test(`a node of this version and one of ${what} do together what one does alone`, { timeout: 120_000 }, async () => {
    const one = await alone(8);
    const world = new TestCluster(true);
    await world.startAs(
      new Map([
        ['a', THIS],
        ['b', other],
      ]),
    );
    await world.run(8 * MINUTE_MS);
    for (const node of world.nodes) assert.deepEqual(sorted(node.journalled()), sorted(one.journalled()), node.name);
    const decided = world.nodes.flatMap(({ decisions }) => decisions);
    assert.deepEqual(sorted(decided), sorted(one.decisions));
    assert.ok(one.decisions.length > 5, `${one.decisions.length} decisions`);
    const having = world.nodes.map(({ roles }) => THINGS.filter((thing) => roles?.holds(thing) !== undefined).length);
    assert.ok(
      having.every((count) => count > 0),
      `each has its share: ${having}`,
    );
  });

test('of nodes that are two versions apart the later is given nothing, and says why', { timeout: 120_000 }, async () => {
  const world = new TestCluster(true);
  await world.startAs(
    new Map([
      ['a', EARLIER],
      ['b', THIS],
      ['c', LATER],
    ]),
  );
  await world.run(10_000);
  const [a, b, c] = world.nodes;
  const having = [a, b, c].map((node) => THINGS.filter((thing) => node?.roles?.holds(thing) !== undefined).length);
  assert.equal(having[2], 0);
  assert.ok(
    (having[0] ?? 0) > 0 && (having[1] ?? 0) > 0 && (having[0] ?? 0) + (having[1] ?? 0) === THINGS.length,
    String(having),
  );
  const told = b?.roles?.table.members.find(({ node }) => node === 'c');
  assert.equal(told?.fit, false);
  assert.match(told?.why ?? '', /node a \(version 1\) speaks protocol 1 and this one 3: they are more than one apart/);
});
