/**
 * One node of a world: the machine, with its clock, its journal and its ways to the ledger and to the bus, and the process on it,
 * which crashes and starts anew. The process is the real one: the whole tree, the door, the group commit, and the cluster that it
 * joins under its name. What is between nodes is handed in as `Between`: the ledger and the bus, which can each be out of its reach
 * by itself.
 */
import { createAssessor } from '../../src/accounts/assessment.js';
import { Meter } from '../../src/accounts/meter.js';
import { ColumnView } from '../../src/features/column-view.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { endpointText } from '../../src/cluster/elsewhere.js';
import { AddressBook } from '../../src/gateway/address-book.js';
import { Door } from '../../src/gateway/door.js';
import { Drain } from '../../src/gateway/drain.js';
import { LIMITS } from '../../src/limits.js';
import { QuoteBoard } from '../../src/market/quote-board.js';
import type { EndpointRecord } from '../../src/protocol/messages.js';
import { type Ids, seededIds } from '../../src/runtime/ids.js';
import { type NodeCluster, clusterSpec, handOn, nodeAmong } from '../../src/node/cluster.js';
import { listenToOthers } from '../../src/node/listen-to-others.js';
import { watchFitness } from '../../src/node/watch-fitness.js';
import { silentLogger } from '../../src/runtime/logger.js';
import type { Random } from '../../src/runtime/random.js';
import { BusTeller } from '../../src/storage/bus/bus-teller.js';
import type { MemoryBroker } from '../../src/storage/bus/memory-bus.js';
import { GroupCommit } from '../../src/storage/ledger/group-commit.js';
import type { TenantRow } from '../../src/storage/ledger/ledger.js';
import type { MemoryLedger } from '../../src/storage/ledger/memory.js';
import type { MemoryLedgerHooks } from '../../src/storage/ledger/memory/memory-transactions.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';
import { type Root, startRoot } from '../../src/supervisors/root.js';
import { EVERY_RIGHT } from '../support/rights.js';
import { BusRoad } from './bus-road.js';
import type { ClusterWorld } from './cluster-world.js';
import { KeptJournal } from './kept-journal.js';
import { LedgerRoad } from './ledger-road.js';
import { MachineClock } from './machine-clock.js';
import { NodeScheduler } from './node-scheduler.js';
import { ProcessActivity } from './process-activity.js';
import type { SimulatedWire } from './simulated-wire.js';

const TIERS = await readTiers();
const COSTS = await readCostUnits();
const EVERY_COLUMN = new ColumnView(() => true);
const RESTART_MS = 2_000;
const EA_PORT = 8_443;
/** Within the grace of a close, so that a candle has all of its ticks. */
const POLL_MS = LIMITS.market.closeGraceMs / 2;

/** What nodes share, as one of them gets at it. */
export interface Between {
  openLedger(hooks: MemoryLedgerHooks): MemoryLedger;
  readonly broker: MemoryBroker;
}

/** How EAs reach a node, as they name it in their lists and it tells others. */
export function endpointAt(at: number): EndpointRecord {
  return { transport: 'TCP', host: `node-${at + 1}`, port: EA_PORT };
}

export interface NodeProcess {
  readonly node: SimulatedNode;
  readonly life: number;
  readonly root: Root;
  readonly ledger: MemoryLedger;
  readonly commits: GroupCommit;
  readonly features: FeatureStreams;
  readonly door: Door;
  readonly atDoor: ProcessActivity;
  readonly addresses: AddressBook;
  readonly drain: Drain;
  readonly scheduler: NodeScheduler;
  readonly wires: Set<SimulatedWire>;
  readonly among: NodeCluster;
  /** As `kill -9`. */
  readonly leave: () => void;
}

export class SimulatedNode {
  readonly clock: MachineClock;
  readonly road: LedgerRoad;
  readonly busRoad: BusRoad;
  readonly journal: KeptJournal;
  readonly snapshots = new MemorySnapshots();
  readonly name: string;
  /** Spans of true time in which it ran, neither frozen nor with a clock that was off. */
  readonly inStep: { fromMs: number; toMs: number }[] = [];
  process: NodeProcess | undefined;
  /** Which is on its way to its end. */
  #stopping: NodeProcess | undefined;
  #life = 0;
  #stepSince: number | undefined;

  constructor(
    readonly world: ClusterWorld,
    readonly at: number,
    readonly between: Between,
    readonly random: Random,
  ) {
    this.name = `node-${at + 1}`;
    this.clock = new MachineClock(world.clock);
    this.road = new LedgerRoad(world, random.fork('road'));
    this.busRoad = new BusRoad(world, random.fork('bus road'));
    this.journal = new KeptJournal(world.market.history);
  }

  start(): void {
    if (this.process !== undefined) return;
    this.#life += 1;
    const { clock, journal, snapshots, world } = this;
    const { activity, wish } = world;
    const { heartbeatMs } = wish;
    const ledger = this.between.openLedger(this.road.hooks());
    const ids = seededIds(`${world.seed} ${this.name}`);
    const commits = new GroupCommit({ ledger, clock, activity });
    const features = new FeatureStreams({ journal, snapshots });
    const scheduler = new NodeScheduler(world.scheduler);
    const cluster = this.#joining(ledger, ids, commits);
    const { among, teller, spec } = cluster;
    const root = startRoot({
      ...this.#surroundings(),
      ...{ scheduler, clock, ids, activity, journal, features, ledger, commits, heartbeatMs },
      out: teller,
      cluster: { roles: among.roles, spec },
      observers: [teller, { decision: (decision) => world.clusterWitness.decided(this, decision) }],
    });
    const atDoor = new ProcessActivity(activity);
    const door = new Door({ known: new Map(), ledger, tenants: root.tenants, clock, ids, activity: atDoor, heartbeatMs });
    const drain = new Drain(clock, among.elsewhere, () => commits.isLate);
    const leave = cluster.joined(root, drain);
    const made = { node: this, life: this.#life, root, ledger, commits, features, door, atDoor, scheduler, among, leave };
    this.process = { ...made, addresses: new AddressBook(), drain, wires: new Set() };
    world.clusterWitness.watch(this, this.process);
    root.startFeed('synthetic', { source: world.market.feed(), periodMs: POLL_MS });
    this.judgeStep();
  }

  /** The process's part in the cluster, over a link of its own. */
  #joining(ledger: MemoryLedger, ids: Ids, commits: GroupCommit) {
    const { clock, name: node, world } = this;
    const among = nodeAmong(node, clock);
    const link = this.busRoad.link();
    const bus = this.between.broker.connect(link);
    const tenants = (): Iterable<string> => world.tenants.map(({ id }) => id);
    const { symbols } = world.market;
    return {
      among,
      teller: new BusTeller({ bus, underOf: among.underOf }),
      spec: clusterSpec(among, { registry: bus.registry, ledger, ids, symbols, tenants }),
      /** Once the tree stands; answers what the process's end takes with it. */
      joined: (root: Root, drain: Drain) => {
        listenToOthers({ node, bus, root, tenants });
        const endpoints = [endpointText(endpointAt(this.at))];
        among.endpoints = endpoints;
        among.told = () => ({
          url: null,
          sessions: drain.sessions,
          busy: commits.isLate,
          endpoints: drain.draining === undefined ? endpoints : [],
        });
        const unwatch = watchFitness(among, { ledger, log: silentLogger });
        return (): void => {
          link.end();
          void bus.close();
          void unwatch();
        };
      },
    };
  }

  /** What is the same for every process of the world. */
  #surroundings() {
    const { world } = this;
    const board = new QuoteBoard();
    return {
      board,
      random: this.random.fork(`life ${this.#life}`),
      log: silentLogger,
      symbols: world.market.symbols,
      isReference: () => false,
      tenants: world.tenants,
      settingsOf: (tenant: TenantRow) => this.#settingsOf(tenant),
      assessor: createAssessor({
        reference: (symbol, timeMs) => board.nearest(symbol, timeMs),
        subscribed: (tenantId) => new Set(world.tenants.find(({ id }) => id === tenantId)?.symbols),
      }),
      allowance: new Meter({ tiers: TIERS, costs: COSTS, count: () => {} }).signals(() => 'enterprise'),
    };
  }

  /** As `kill -9`: no goodbye, no answer; what was committed is what a new process finds. */
  crash(downMs = RESTART_MS): void {
    const { process } = this;
    if (process === undefined) return;
    this.process = undefined;
    process.ledger.crash();
    for (const wire of process.wires) wire.nodeDied();
    process.leave();
    process.root.system.close();
    process.atDoor.over();
    this.judgeStep();
    this.world.clock.after(downMs, () => this.start());
  }

  /** As SIGTERM: it hands on what it acts for and its EAs, and ends once all that it took is committed. */
  async stop(downMs: number): Promise<void> {
    const { process } = this;
    if (process === undefined || this.#stopping === process) return;
    this.#stopping = process;
    await handOn(process.root, process.drain, this.clock);
    if (this.process !== process) return;
    process.root.system.close();
    for (const wire of process.wires) wire.nodeDied();
    await process.commits.close();
    if (this.process === process) this.crash(downMs);
  }

  freeze(): void {
    this.clock.freeze();
    this.road.freeze();
    this.busRoad.freeze();
    this.process?.scheduler.hold();
    this.judgeStep();
  }

  thaw(): void {
    if (!this.clock.isFrozen) return;
    this.process?.scheduler.release();
    this.clock.thaw();
    this.road.thaw();
    this.busRoad.thaw();
    for (const wire of this.process?.wires ?? []) wire.flow();
    this.judgeStep();
  }

  setClock(offsetMs: number): void {
    this.clock.offsetMs = offsetMs;
    this.judgeStep();
  }

  cutBus(): void {
    this.busRoad.cut();
    this.judgeStep();
  }

  restoreBus(): void {
    this.busRoad.restore();
    this.judgeStep();
  }

  /** Since when it runs in step now; undefined while it does not. */
  get stepsSince(): number | undefined {
    return this.#stepSince;
  }

  /** Notes when it begins or ends to run in step with its market. */
  judgeStep(): void {
    const nowMs = this.world.clock.nowMs();
    const steps = this.process !== undefined && !this.clock.isFrozen && this.clock.offsetMs === 0 && !this.busRoad.isCut;
    if (steps) this.#stepSince ??= nowMs;
    else if (this.#stepSince !== undefined) {
      this.inStep.push({ fromMs: this.#stepSince, toMs: nowMs });
      this.#stepSince = undefined;
    }
  }

  #settingsOf({ id, strategy, signalTimeframe, symbols }: TenantRow): ReturnType<Parameters<typeof startRoot>[0]['settingsOf']> {
    const thresholds = this.world.wish.thresholds;
    return {
      tenantId: id,
      strategy,
      timeframe: signalTimeframe,
      symbols,
      rights: EVERY_RIGHT,
      thresholds,
      columns: EVERY_COLUMN,
    };
  }
}
