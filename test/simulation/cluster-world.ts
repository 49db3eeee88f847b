/**
 * Many nodes, many EAs, one ledger and one bus in one process on simulated time. The nodes run the real tree under one seeded
 * scheduler and form a cluster; the EAs are the real simulated ones at simulated brokers; ledger and bus are the twins, to which each
 * node has ways of its own. One seed is one history: what there is (`world-wish.ts`) and what goes wrong (`fault-plan.ts`) are drawn before
 * anything happens. After the faults comes a calm in which everything must come to its end; what is left is the evidence
 * that the checkers judge.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hashKey, keyBytes, printedKey } from '../../src/accounts/keys.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { readBooks } from '../../src/demo/simulated-day.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededIds } from '../../src/runtime/ids.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';
import { isUndecided } from '../../src/signals/signal.js';
import type { TenantRow } from '../../src/storage/ledger/ledger.js';
import { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { MemoryTables } from '../../src/storage/ledger/memory/memory-tables.js';
import { ClusterWitness } from './cluster-witness.js';
import { FAULTS, type FaultName } from './faults.js';
import type { PlannedFault } from './fault-plan.js';
import { Moments } from './moments.js';
import { SimulatedEa } from './simulated-ea.js';
import { SimulatedNode } from './simulated-node.js';
import { SimulatedOperator } from './simulated-operator.js';
import { Witness } from './witness.js';
import { BEGINS_MS, WorldMarket } from './world-market.js';
import { drawWish, NODES, type WorldWish } from './world-wish.js';

/** Turns of the event loop after which whoever could still do something without the clock has done it. */
const IDLE_TURNS = 4;
/** Whatever follows from promises alone has happened after it. */
const tick = promisify(process.nextTick);
const CALM_MOST_MS = 25 * 60_000;
const CALM_STEP_MS = 20_000;
/** An owed ack, a heartbeat, a closed socket: after this long of quiet they are over. */
const SETTLE_MS = 30_000;
const SLOW_MS_MOST = 5_000;

export class ClusterWorld {
  readonly wish: WorldWish;
  readonly clock: SteppedClock;
  readonly activity = new Activity();
  readonly prices = new SharedPrices();
  readonly market: WorldMarket;
  readonly random: Random;
  readonly scheduler: DeterministicScheduler;
  readonly tables = new MemoryTables();
  readonly ledger: MemoryLedger;
  readonly broker: MemoryBroker;
  readonly tenants: readonly TenantRow[];
  readonly nodes: readonly SimulatedNode[];
  readonly eas: SimulatedEa[] = [];
  readonly witness: Witness;
  readonly clusterWitness: ClusterWitness;
  readonly operator: SimulatedOperator;
  readonly moments = new Moments();
  readonly fired: Partial<Record<FaultName, number>> = {};
  /** EAs that were sent to another node. */
  redirects = 0;
  readonly startMs = BEGINS_MS;
  /** When the bus last lost everything. */
  wipedMs: number | undefined;
  /** Pairs of EA and node that hear nothing of each other, and until when. */
  readonly #apart = new Map<string, number>();
  readonly #slow = new Map<SimulatedEa, number>();
  #afterTurns: { left: number; readonly act: () => void }[] = [];
  /** Calls that wait for the clock. */
  #waits = 0;
  #isCalm = false;

  constructor(
    readonly seed: number,
    readonly plan: readonly PlannedFault[],
    wish: WorldWish = drawWish(seed),
  ) {
    this.wish = wish;
    this.random = seededRandom(seed).fork('world');
    this.scheduler = new DeterministicScheduler(this.random.fork('schedule'));
    this.clock = new SteppedClock(BEGINS_MS);
    this.market = new WorldMarket(seed, this.wish.symbols, this.prices, this.clock);
    this.ledger = new MemoryLedger({}, this.tables);
    this.tenants = this.wish.tenants.map((tenant) => ({
      ...tenant,
      name: tenant.id,
      tier: 'enterprise',
      signalTimeframe: 'M1',
      stopped: null,
      createdAt: 0,
    }));
    const nowMs = (): number => this.clock.nowMs();
    this.broker = new MemoryBroker({ clock: this.clock, random: this.random.fork('broker'), activity: this.activity });
    const between = {
      openLedger: (hooks: ConstructorParameters<typeof MemoryLedger>[0]) => new MemoryLedger({ ...hooks, nowMs }, this.tables),
      broker: this.broker,
    };
    this.clusterWitness = new ClusterWitness(this);
    this.nodes = Array.from(
      { length: NODES },
      (_, at) => new SimulatedNode(this, at, between, seededRandom(seed).fork(`node ${at}`)),
    );
    this.witness = new Witness(this, this.tables);
    this.operator = new SimulatedOperator(this);
  }

  async begin(): Promise<void> {
    for (const tenant of this.tenants) await this.ledger.createTenant(tenant);
    await this.#makeEas();
    for (const node of this.nodes) node.start();
    for (const ea of this.eas) ea.start();
    this.clock.every(1_000, () => this.market.advance(this.clock.nowMs()));
    for (const planned of this.plan) this.clock.after(planned.atMs, () => this.#strike(planned));
  }

  /** All of it, to the end of the calm. */
  async live(): Promise<void> {
    await this.begin();
    await this.run(this.wish.runMs);
    await this.calm();
  }

  async run(durationMs: number): Promise<void> {
    const endMs = this.clock.nowMs() + durationMs;
    for (;;) {
      await this.#rest();
      const dueMs = this.clock.nextDueMs();
      if (dueMs === undefined || dueMs > endMs) break;
      this.clock.advanceTo(dueMs);
    }
    this.clock.advanceTo(endMs);
    await this.#rest();
  }

  /** Nothing goes wrong any more and no new signal is raised, until all that is under way has come to its end. */
  async calm(): Promise<void> {
    this.#isCalm = true;
    this.#afterTurns = [];
    this.moments.forget();
    this.#apart.clear();
    this.#slow.clear();
    for (const node of this.nodes) {
      node.thaw();
      node.setClock(0);
      node.road.mend();
      node.busRoad.mend();
      node.process?.drain.end();
      node.start();
    }
    for (const ea of this.eas) {
      ea.recordIsFull = false;
      ea.wire?.flow();
      const row = await this.ledger.setAccountMode(ea.accountId, 'observe', this.clock.nowMs());
      // As each node's look at what changed would tell it.
      if (row !== undefined) for (const { process } of this.nodes) process?.root.tenants.tell({ kind: 'account', account: row });
    }
    const endMs = this.clock.nowMs() + CALM_MOST_MS;
    do await this.run(CALM_STEP_MS);
    while (this.clock.nowMs() < endMs && !(await this.#isQuiet()));
    // The market goes on and closes positions by their stops: one that has just been closed is still to be told.
    do await this.run(SETTLE_MS);
    while (this.clock.nowMs() < endMs + SETTLE_MS && !(await this.#isQuiet()));
  }

  /** Simulated time from a signal's row to its EA, of those that came. */
  latenciesMs(): readonly number[] {
    return this.eas.flatMap((ea) =>
      [...ea.records.open().state.signals].flatMap(([id, { receivedMs }]) => {
        const createdAt = this.tables.signals.get(id)?.createdAt;
        return createdAt === undefined ? [] : [Math.max(0, receivedMs - createdAt)];
      }),
    );
  }

  close(): void {
    for (const { process } of this.nodes) {
      process?.leave();
      process?.root.system.close();
    }
    for (const { ea } of this.eas) ea?.dispose();
  }

  // What the parts of a world ask of it.

  /** Waits for the world's time: whoever waits so does not keep the clock from going on. */
  wait(delayMs: number): Promise<void> {
    this.#waits += 1;
    return new Promise((resolve) => {
      this.clock.after(delayMs, () => {
        this.#waits -= 1;
        resolve();
      });
    });
  }

  delayMs(ea: SimulatedEa): number {
    const most = (this.#slow.get(ea) ?? 0) > this.clock.nowMs() ? SLOW_MS_MOST : this.wish.delayMsMost;
    return this.random.int(1 + most);
  }

  areApart(ea: SimulatedEa, node: SimulatedNode): boolean {
    return (this.#apart.get(`${ea.accountId} ${node.at}`) ?? 0) > this.clock.nowMs();
  }

  // What faults do.

  later(delayMs: number, act: () => void): void {
    this.clock.after(delayMs, () => {
      if (!this.#isCalm) act();
    });
  }

  afterTurns(turns: number, act: () => void): void {
    this.#afterTurns.push({ left: turns, act });
  }

  part(ea: SimulatedEa, node: SimulatedNode, forMs: number): void {
    const untilMs = this.clock.nowMs() + forMs;
    const key = `${ea.accountId} ${node.at}`;
    this.#apart.set(key, Math.max(untilMs, this.#apart.get(key) ?? 0));
    this.clock.after(forMs, () => {
      for (const wire of node.process?.wires ?? []) wire.flow();
    });
  }

  wipeBus(): void {
    this.broker.wipe();
    this.wipedMs = this.clock.nowMs();
  }

  slow(ea: SimulatedEa, forMs: number): void {
    this.#slow.set(ea, this.clock.nowMs() + forMs);
  }

  #strike(planned: PlannedFault): void {
    if (this.#isCalm) return;
    this.fired[planned.fault] = (this.fired[planned.fault] ?? 0) + 1;
    FAULTS[planned.fault].strike(this, planned);
  }

  async #makeEas(): Promise<void> {
    const ids = seededIds(`accounts ${this.seed}`);
    for (const [at, wish] of this.wish.eas.entries()) {
      const tenantId = this.tenants[wish.tenant]?.id ?? '';
      const accountId = ids.idFor(`account ${at}`, 0);
      const apiKey = printedKey(ids.secretFor(`account ${at}`));
      const keyHash = hashKey(keyBytes(apiKey) as Uint8Array);
      const account = { id: accountId, tenantId, mode: 'demo', keyHash, suho1Table: null, createdAt: 0 } as const;
      await this.ledger.createAccounts([account]);
      const random = seededRandom(this.seed).fork(`ea ${at}`);
      const ea = new SimulatedEa(this, { ...wish, accountId, tenantId, apiKey, random });
      this.eas.push(ea);
      this.witness.watch(ea);
    }
  }

  async #isQuiet(): Promise<boolean> {
    await this.operator.expire(this.tables.commands.values());
    const { signals, commands, deals } = await readBooks(this.ledger);
    if (signals.some(({ state }) => isUndecided(state))) return false;
    if (commands.some(({ state }) => isUndecided(state))) return false;
    const booked = new Set(deals.map(({ accountId, deal }) => `${accountId} ${deal}`));
    return this.eas.every((ea) => {
      const { live, kept, openSignals } = ea.atRest();
      // A stop may have closed something an instant ago, which its EA comes to in its next turn.
      const isTold = ea.deals().every((deal) => booked.has(`${ea.accountId} ${deal}`));
      return live && kept === 0 && openSignals === 0 && isTold;
    });
  }

  /** Until nothing is left to do at this instant. What waits for the clock keeps its work under way, so then a few idle turns decide. */
  async #rest(): Promise<void> {
    let idle = 0;
    do {
      while (this.scheduler.step()) {
        idle = 0;
        this.#countTurn();
        await Promise.resolve();
      }
      await (this.activity.pending > 0 ? turn() : tick());
      idle += 1;
    } while (this.activity.pending > 0 && !(this.#isHeldUp && idle > IDLE_TURNS));
  }

  get #isHeldUp(): boolean {
    return this.#waits > 0 || this.nodes.some(({ clock }) => clock.isFrozen);
  }

  #countTurn(): void {
    if (this.#afterTurns.length === 0) return;
    for (const counted of this.#afterTurns) counted.left -= 1;
    const due = this.#afterTurns.filter(({ left }) => left <= 0);
    this.#afterTurns = this.#afterTurns.filter(({ left }) => left > 0);
    for (const { act } of due) act();
  }
}
