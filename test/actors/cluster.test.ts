/**
 * Nodes on one registry, on simulated time, each with a clock of its own: they are cut off, stopped in the middle and started
 * again, crash and leave. Whatever happens, no two act for one thing at one instant; and once it is over, each thing is with the node
 * that it belongs to.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ActorSystem } from '../../src/actors/actor.js';
import { clusterActor, type ClusterMessage, ClusterRoles } from '../../src/actors/cluster.js';
import type { ActorRef } from '../../src/actors/actor.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { compareEpochs, type Epoch } from '../../src/cluster/epoch.js';
import type { Member } from '../../src/cluster/member.js';
import { placed } from '../../src/cluster/placement.js';
import { LIMITS } from '../../src/limits.js';
import { Activity } from '../../src/runtime/activity.js';
import { type Cancel, type Clock, SteppedClock } from '../../src/runtime/clock.js';
import { seededIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import type { Link } from '../../src/storage/bus/link.js';
import { restartPolicy } from '../../src/supervisors/restart-policy.js';
import { proofCount } from '../support/price-paths.js';

const THINGS = ['feed/market', ...Array.from({ length: 12 }, (_, at) => `symbol/S${at}`), 'tenant/one', 'tenant/two'];
const { ttlMs, settleMs, settleSymbolMs, lookMs, renewMs } = LIMITS.cluster;

class Cable implements Link {
  up = true;
  /** Milliseconds that anything takes on its way, at most. */
  lagMostMs = 0;
  readonly #listeners = new Set<() => void>();

  constructor(
    readonly clock: SteppedClock,
    readonly random: Random,
  ) {}

  lag(): Promise<void> {
    if (this.lagMostMs === 0) return Promise.resolve();
    return new Promise((resolve) => this.clock.after(this.random.int(this.lagMostMs + 1), resolve));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  set(up: boolean): void {
    if (up === this.up) return;
    this.up = up;
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A machine's clock: off by some. */
class Machine implements Clock {
  constructor(
    readonly world: SteppedClock,
    readonly offMs: number,
  ) {}

  nowMs(): number {
    return this.world.nowMs() + this.offMs;
  }

  steadyMs(): number {
    return this.nowMs();
  }

  monotonicNs(): bigint {
    return BigInt(Math.round(this.nowMs() * 1e6));
  }

  after(delayMs: number, call: () => void): Cancel {
    return this.world.after(delayMs, call);
  }

  every(periodMs: number, call: () => void): Cancel {
    return this.world.every(periodMs, call);
  }
}

class Node {
  /** As by SIGSTOP: its actors get no turn, while its clock goes on. */
  stopped = false;
  readonly scheduler: DeterministicScheduler;
  readonly cable: Cable;
  readonly machine: Machine;
  roles: ClusterRoles;
  fit = true;
  busy = false;
  sessions = 0;
  /** Whether it takes itself to be fit, before it has told anybody. */
  feelsFit = true;
  left = false;
  #system: ActorSystem | undefined;
  #actor: ActorRef<ClusterMessage> | undefined;

  constructor(
    readonly world: ClusterWorld,
    readonly name: string,
    offMs: number,
  ) {
    this.machine = new Machine(world.clock, offMs);
    this.cable = new Cable(world.clock, world.random.fork(`cable of ${name}`));
    this.scheduler = new DeterministicScheduler(world.random.fork(`schedule of ${name}`));
    this.roles = this.#newRoles();
  }

  #newRoles(): ClusterRoles {
    return new ClusterRoles(this.name, this.machine, undefined, () => this.feelsFit);
  }

  get runs(): boolean {
    return this.#system !== undefined;
  }

  start(): void {
    const { world, name, machine } = this;
    this.left = false;
    this.roles = this.#newRoles();
    this.#system = new ActorSystem({
      scheduler: this.scheduler,
      clock: world.clock,
      random: seededRandom(name),
      log: silentLogger,
      activity: new Activity(),
      restartPolicy,
    });
    this.#actor = this.#system.spawn(
      clusterActor(
        {
          node: name,
          registry: world.broker.connect(this.cable).registry,
          machine,
          ids: seededIds(`${name} ${world.starts++}`),
          things: () => THINGS,
          state: () => ({
            version: '1',
            fit: this.fit,
            why: null,
            url: null,
            sessions: this.sessions,
            busy: this.busy,
            endpoints: [],
          }),
          nextGeneration: async () => ++world.generation,
        },
        this.roles,
      ),
    );
  }

  /** As `kill -9`. */
  kill(): void {
    this.#system?.close();
    this.#system = undefined;
    this.roles = this.#newRoles();
  }

  leave(): void {
    this.#actor?.tell({
      kind: 'leave',
      left: () => {
        this.left = true;
      },
    });
  }

  holds(thing: string): Epoch | undefined {
    return this.runs ? this.roles.holds(thing) : undefined;
  }
}

class ClusterWorld {
  readonly clock = new SteppedClock(Date.UTC(2026, 0, 5));
  readonly broker: MemoryBroker;
  readonly nodes: readonly Node[];
  generation = 0;
  starts = 0;
  /** The highest epoch under which each thing was ever held. */
  readonly #highest = new Map<string, Epoch>();
  /** For how long a thing had no holder, at most, of those that have one again; and since when others have none. */
  longestGapMs = 0;
  readonly #freeMs = new Map<string, number>();

  constructor(
    readonly random: Random,
    names: readonly string[],
    offMs: () => number = () => 0,
  ) {
    this.broker = new MemoryBroker({ clock: this.clock, random: random.fork('broker') });
    this.nodes = names.map((name) => new Node(this, name, offMs()));
  }

  node(at: number): Node {
    return this.nodes[at] as Node;
  }

  /** Lets time go by, and looks after every step of it. */
  async run(forMs: number): Promise<void> {
    const endMs = this.clock.nowMs() + forMs;
    for (;;) {
      await this.#settle();
      this.#look();
      const dueMs = this.clock.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) break;
      this.clock.advanceTo(dueMs);
      this.#look();
    }
    this.clock.advanceTo(endMs);
  }

  async until(condition: () => boolean, what: string, withinMs = 120_000): Promise<number> {
    const startMs = this.clock.nowMs();
    while (!condition()) {
      assert.ok(this.clock.nowMs() - startMs < withinMs, `waited in vain: ${what}`);
      await this.run(lookMs / 4);
    }
    return this.clock.nowMs() - startMs;
  }

  allPlaced(nodes: readonly Node[]): boolean {
    const names = nodes.map(({ name }) => name);
    return THINGS.every((thing) => nodes.find(({ name }) => name === placed(thing, names))?.holds(thing) !== undefined);
  }

  async #settle(): Promise<void> {
    // Actors' turns and the registry's answers bring each other about.
    for (let quiet = 0; quiet < 4; ) {
      const turns = this.nodes.map((node) => (node.stopped ? 0 : node.scheduler.drain()));
      quiet = turns.some((taken) => taken > 0) ? 0 : quiet + 1;
      for (let turn = 0; turn < 4; turn++) await undefined;
    }
  }

  #look(): void {
    for (const thing of THINGS) {
      const holders = this.nodes.flatMap((node) => {
        const epoch = node.holds(thing);
        return epoch === undefined ? [] : [{ name: node.name, epoch }];
      });
      assert.ok(holders.length <= 1, `${thing} is held by ${holders.map(({ name }) => name)}`);
      const [holder] = holders;
      const nowMs = this.clock.nowMs();
      const freeMs = this.#freeMs.get(thing) ?? nowMs;
      if (holder === undefined) {
        this.#freeMs.set(thing, freeMs);
        continue;
      }
      this.#freeMs.delete(thing);
      this.longestGapMs = Math.max(this.longestGapMs, nowMs - freeMs);
      const highest = this.#highest.get(thing);
      assert.ok(highest === undefined || compareEpochs(holder.epoch, highest) >= 0, `the epoch of ${thing} went back`);
      this.#highest.set(thing, holder.epoch);
    }
  }
}

interface Heard {
  readonly value: Member;
  readonly revision: number;
}

function startedWorld(seed: number | string, count = 3): ClusterWorld {
  const world = new ClusterWorld(
    seededRandom(seed),
    Array.from({ length: count }, (_, at) => `node-${at + 1}`),
  );
  for (const node of world.nodes) node.start();
  return world;
}

async function placedWorld(seed: number, count?: number): Promise<ClusterWorld> {
  const world = startedWorld(seed, count);
  await world.until(() => world.allPlaced(world.nodes), 'all is placed');
  return world;
}

/** Two nodes, one of which has just renewed; and what the other has heard of it. */
async function justRenewed(seed: number): Promise<{ world: ClusterWorld; one: Node; heard: () => Heard }> {
  const world = await placedWorld(seed, 2);
  const [one, other] = world.nodes as [Node, Node];
  const heard = () => other.roles.table.member(one.name) as Heard;
  const before = heard();
  await world.until(() => heard().revision !== before.revision, 'it renews');
  return { world, one, heard };
}

test('nodes that start together come to one placement, each thing with the node that it belongs to', async () => {
  const world = startedWorld(1);
  await world.until(() => world.allPlaced(world.nodes), 'all is placed');
});

test('that a node has become busy is told at its next look, once, and that it is no more at a renewal', async () => {
  const { world, one, heard } = await justRenewed(4);
  one.busy = true;
  const tookMs = await world.until(() => heard().value.busy, 'it is told');
  assert.ok(tookMs <= 2 * lookMs, `it took ${tookMs} ms`);
  const { revision } = heard();
  await world.run(renewMs - 2 * lookMs);
  assert.equal(heard().revision, revision, 'it is told once');
  one.busy = false;
  await world.until(() => !heard().value.busy, 'the end of it is told', renewMs + 2 * lookMs);
});

test('that more EAs have come is told at the next looks, and that some have gone at a renewal', async () => {
  const { world, one, heard } = await justRenewed(14);
  for (const sessions of [1, 40, 70]) {
    one.sessions = sessions;
    const tookMs = await world.until(() => heard().value.sessions === sessions, 'it is told');
    assert.ok(tookMs <= 2 * lookMs, `it took ${tookMs} ms`);
  }
  const { revision } = heard();
  one.sessions = 10;
  await world.run(renewMs - 2 * lookMs);
  assert.equal(heard().revision, revision, 'it has time');
  await world.until(() => heard().value.sessions === 10, 'fewer are told', renewMs);
});

test('what a killed node had is with others within the TTL and little more, and theirs stays where it is', async () => {
  const world = await placedWorld(2);
  const [gone, ...left] = world.nodes as [Node, ...Node[]];
  const kept = THINGS.filter((thing) => left.some((node) => node.holds(thing) !== undefined));
  const before = new Map(kept.map((thing) => [thing, left.find((node) => node.holds(thing))?.holds(thing)]));
  gone.kill();
  const tookMs = await world.until(() => world.allPlaced(left), 'the others have it');
  assert.ok(tookMs > (2 * ttlMs) / 3 - renewMs && tookMs <= ttlMs + 3 * lookMs, `it took ${tookMs} ms`);
  for (const thing of kept) assert.deepEqual(left.find((node) => node.holds(thing))?.holds(thing), before.get(thing), thing);
});

test('a node that comes is handed its share once it has settled, under later epochs', async () => {
  const world = startedWorld(3);
  const [late, ...first] = world.nodes as [Node, ...Node[]];
  late.kill();
  await world.until(() => world.allPlaced(first), 'two have it all', 10 * ttlMs);
  late.start();
  const tookMs = await world.until(() => world.allPlaced(world.nodes), 'the third has its share');
  assert.ok(tookMs >= settleMs, `after ${tookMs} ms`);
});

test('what is handed over is with the other at once, whatever the rest know of it; and what was left to nobody is taken', async () => {
  const world = startedWorld(13);
  const [late, ...first] = world.nodes as [Node, Node, Node];
  late.kill();
  await world.until(() => world.allPlaced(first), 'two have it all', 10 * ttlMs);
  // It hears late of its own beginning, and so takes itself for settled later than the others do.
  late.cable.lagMostMs = ttlMs / 4;
  late.start();
  await world.until(() => late.roles.table.session !== undefined, 'it lives');
  late.cable.lagMostMs = 0;
  world.longestGapMs = 0;
  await world.until(() => world.allPlaced(world.nodes), 'the third has its share');
  assert.equal(world.longestGapMs, 0, 'somebody has each thing at any time');

  const thing = 'tenant/one';
  const { registry } = world.broker.connect();
  const { revision } = first[0].roles.table.lease(thing) as { readonly revision: number };
  const left = { node: null, session: null, generation: world.generation };
  const written = await registry.replace(`lease/${thing}`, left, revision);
  assert.ok(written !== undefined);
  await world.until(() => world.nodes.some((node) => (node.holds(thing)?.revision ?? 0) > written), 'it is taken');
});

test('who is unfit hands nothing to a node that has just come: that has not heard yet what closed while it was away', async () => {
  const world = await placedWorld(15, 2);
  const [sick, late] = world.nodes as [Node, Node];
  late.kill();
  await world.until(() => world.allPlaced([sick]), 'one has it all');
  sick.fit = false;
  late.start();
  await world.until(() => late.roles.table.session !== undefined, 'it lives');
  const tookMs = await world.until(() => THINGS.some((thing) => late.holds(thing) !== undefined), 'it has something');
  assert.ok(tookMs >= ttlMs - 2 * lookMs, `after ${tookMs} ms`);
  await world.until(() => world.allPlaced([late]), 'it has all', lookMs);
});

test('a node that comes is handed symbols only once it has heard a whole minute, whoever else is there', async () => {
  const world = startedWorld(10);
  const [late, ...first] = world.nodes as [Node, ...Node[]];
  late.kill();
  await world.until(() => world.allPlaced(first), 'two have it all', 10 * ttlMs);
  await world.run(settleSymbolMs);
  late.start();
  const had = (): boolean => THINGS.some((thing) => thing.startsWith('symbol/') && late.holds(thing) !== undefined);
  // One that has settled dies meanwhile: what it had goes to the other that has.
  await world.run(2 * settleMs);
  first[0]?.kill();
  const tookMs = await world.until(had, 'it has a symbol');
  assert.ok(tookMs >= settleSymbolMs - 2 * settleMs, `after ${tookMs} ms`);
  await world.until(() => world.allPlaced([late, first[1] as Node]), 'the two that are left have their shares');
});

test('where nobody has heard a whole minute, symbols go to those who have been there longer than who has just come back', async () => {
  const world = await placedWorld(12);
  await world.run(settleSymbolMs / 2);
  const [back, ...first] = world.nodes as [Node, ...Node[]];
  back.kill();
  back.start();
  await world.run(2 * ttlMs);
  const symbols = THINGS.filter((thing) => thing.startsWith('symbol/'));
  assert.ok(symbols.length > 0);
  for (const thing of symbols) {
    assert.equal(back.holds(thing), undefined, thing);
    assert.ok(
      first.some((node) => node.holds(thing) !== undefined),
      thing,
    );
  }
});

test('where a registry that was wiped makes all begin anew, symbols go to those who were there before', async () => {
  const world = await placedWorld(16);
  await world.run(settleSymbolMs);
  const [back, ...first] = world.nodes as [Node, ...Node[]];
  for (const { cable } of world.nodes) cable.set(false);
  world.broker.entries.wipe();
  back.kill();
  await world.run(2 * ttlMs);
  back.start();
  for (const { cable } of world.nodes) cable.set(true);
  const symbols = THINGS.filter((thing) => thing.startsWith('symbol/'));
  const isHeld = (thing: string): boolean => first.some((node) => node.holds(thing) !== undefined);
  await world.until(() => THINGS.some((thing) => back.holds(thing) !== undefined) && symbols.every(isHeld), 'all is taken');
  await world.until(() => world.allPlaced(world.nodes), 'it has its share once it has settled');
});

test('who finds itself unfit does nothing from that instant, where another is fit; and goes on where none is', async () => {
  const world = await placedWorld(11);
  const [sick, ...well] = world.nodes as [Node, ...Node[]];
  const own = THINGS.filter((thing) => sick.holds(thing) !== undefined);
  assert.ok(own.length > 0);
  sick.feelsFit = false;
  assert.deepEqual(
    own.filter((thing) => sick.holds(thing) !== undefined),
    [],
  );
  sick.fit = false;
  await world.until(() => world.allPlaced(well), 'the others have it');
  for (const node of well) node.kill();
  await world.until(() => world.allPlaced([sick]), 'nobody else is there: it has all');
});

test('whoever follows hears of a thing that it lost and got again unseen, under its new epoch', () => {
  const roles = new ClusterRoles('node-1', { monotonicNs: () => 0n });
  const heard: [string, boolean][] = [];
  roles.follow((thing, held) => void heard.push([thing, held]));
  const holds = (revision: number): void => {
    roles.table.renewed('life', 0);
    const epoch = { generation: 1, revision };
    roles.table.leaseHeard({ thing: 'symbol/S0', node: 'node-1', session: 'life', epoch }, revision);
    roles.tell(THINGS);
  };
  holds(1);
  holds(1);
  holds(2);
  assert.deepEqual(heard, [
    ['symbol/S0', true],
    ['symbol/S0', true],
  ]);
});

test('a node that leaves hands over all that it has before it says that it has left, and nothing waits for the TTL', async () => {
  const world = await placedWorld(4);
  const [leaver, ...others] = world.nodes as [Node, ...Node[]];
  leaver.leave();
  const tookMs = await world.until(() => leaver.left, 'it has left');
  assert.ok(THINGS.every((thing) => leaver.holds(thing) === undefined));
  await world.until(() => world.allPlaced(others), 'the others have it');
  assert.ok(tookMs < ttlMs / 2, `after ${tookMs} ms`);
});

test('a node that is alone leaves at once, and one that is unfit gives up nothing where nobody else is fit', async () => {
  const world = startedWorld(5, 1);
  const only = world.node(0);
  await world.until(() => world.allPlaced([only]), 'it has all');
  only.fit = false;
  await world.run(3 * ttlMs);
  assert.ok(world.allPlaced([only]), 'it goes on');
  only.leave();
  await world.until(() => only.left, 'it has left');
});

test('what an unfit node has goes to those that are fit, and comes back with its fitness', async () => {
  const world = await placedWorld(6);
  const [sick, ...well] = world.nodes as [Node, ...Node[]];
  sick.fit = false;
  await world.until(() => world.allPlaced(well), 'the others have it');
  sick.fit = true;
  await world.until(() => world.allPlaced(world.nodes), 'it has its share again');
});

test('a node that is cut off stops by itself before others take over, and begins another life when it is back', async () => {
  const world = await placedWorld(7);
  const [cut, ...others] = world.nodes as [Node, ...Node[]];
  cut.cable.set(false);
  const stoppedMs = await world.until(() => THINGS.every((thing) => cut.holds(thing) === undefined), 'it stops');
  assert.ok(stoppedMs <= (2 * ttlMs) / 3, `after ${stoppedMs} ms`);
  await world.until(() => world.allPlaced(others), 'the others have it');
  cut.cable.set(true);
  await world.until(() => world.allPlaced(world.nodes), 'it has its share again');
});

test('a node that was stopped finds out that its time is over before it acts', async () => {
  const world = await placedWorld(8);
  const [stopped, ...others] = world.nodes as [Node, ...Node[]];
  stopped.stopped = true;
  await world.until(() => world.allPlaced(others), 'the others have it');
  assert.ok(
    THINGS.every((thing) => stopped.holds(thing) === undefined),
    'asked at that moment, it holds nothing',
  );
  stopped.stopped = false;
  await world.until(() => world.allPlaced(world.nodes), 'it has its share again');
});

test('a registry that is wiped makes all begin anew, under a generation of the ledger that is higher', async () => {
  const world = await placedWorld(9);
  const { generation } = world;
  for (const { cable } of world.nodes) cable.set(false);
  world.broker.entries.wipe();
  for (const { cable } of world.nodes) cable.set(true);
  await world.run(lookMs);
  await world.until(() => world.allPlaced(world.nodes), 'all is placed again');
  assert.ok(world.generation > generation);
});

test('whatever happens to nodes and their ways to the registry, no two act for one thing, and in the end all is placed', async () => {
  for (let seed = 0; seed < proofCount(40); seed++) {
    const random = seededRandom(`cluster ${seed}`);
    const names = Array.from({ length: 2 + random.int(4) }, (_, at) => `node-${at + 1}`);
    const world = new ClusterWorld(random, names, () => random.int(600_000) - 300_000);
    for (const node of world.nodes) {
      node.cable.lagMostMs = random.int(3) * random.int(150);
      if (random.chance(0.7)) node.start();
    }
    for (let turn = 0; turn < 60; turn++) {
      const node = world.node(random.int(world.nodes.length));
      switch (random.int(8)) {
        case 0:
        case 1:
          node.cable.set(!node.cable.up);
          break;
        case 2:
          node.stopped = !node.stopped;
          break;
        case 3:
          if (node.runs) node.kill();
          else node.start();
          break;
        case 4:
          node.fit = !node.fit;
          break;
        case 5:
          if (random.chance(0.3)) node.leave();
          break;
        case 6:
          if (random.chance(0.1)) {
            for (const { cable } of world.nodes) cable.set(false);
            world.broker.entries.wipe();
          }
          break;
        default:
          if (!node.runs) node.start();
      }
      await world.run(random.int(2_000));
    }
    for (const node of world.nodes) {
      node.kill();
      node.cable.set(true);
      node.cable.lagMostMs = 0;
      node.stopped = false;
      node.fit = true;
      node.start();
    }
    await world.until(() => world.allPlaced(world.nodes), `seed ${seed}: all is placed`);
  }
});
