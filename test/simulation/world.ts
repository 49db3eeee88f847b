/**
 * The engine in one process on simulated time: the real tree under the seeded scheduler, the real door and connections over
 * wires that delay and break, the ledger's twin that tears writes and loses answers, real EAs at simulated brokers. One seed
 * is one history. What must hold is judged by the checkers beside this file, from the EAs' records and the ledger's rows.
 */
import { EVERY_RIGHT } from '../support/rights.js';
import { setImmediate as turn } from 'node:timers/promises';
import { createAssessor } from '../../src/accounts/assessment.js';
import { hashKey, keyBytes, printedKey } from '../../src/accounts/keys.js';
import type { TradingOverrides } from '../../src/accounts/trading-settings.js';
import { Meter } from '../../src/accounts/meter.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { DemoMarket } from '../../src/demo/demo-market.js';
import { type LedgerBooks, readBooks } from '../../src/demo/simulated-day.js';
import { BEHAVIOURS } from '../../src/ea-sim/behaviour.js';
import { Broker } from '../../src/ea-sim/broker.js';
import { drawBrokerTerms } from '../../src/ea-sim/broker-terms.js';
import { CodecSuho2 } from '../../src/ea-sim/codec.js';
import { ExpertAdvisor } from '../../src/ea-sim/ea.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { MemoryRecordStore, type SignalSummary, summarise } from '../../src/ea-sim/record.js';
import { AddressBook } from '../../src/gateway/address-book.js';
import { Drain } from '../../src/gateway/drain.js';
import { Connection } from '../../src/gateway/connection.js';
import { Door } from '../../src/gateway/door.js';
import { LIMITS } from '../../src/limits.js';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { QuoteBoard } from '../../src/market/quote-board.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { ColumnView } from '../../src/features/column-view.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { type AuditRow, auditRows, verifyAudit } from '../../src/storage/audit/audit-log.js';
import type { AuditReport } from '../../src/storage/audit/verifier.js';
import type { CommandRow } from '../../src/storage/ledger/commands.js';
import { GroupCommit } from '../../src/storage/ledger/group-commit.js';
import type { TenantRow } from '../../src/storage/ledger/ledger.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';
import { type Root, startRoot } from '../../src/supervisors/root.js';

const TIERS = await readTiers();
const COSTS = await readCostUnits();
const EVERY_COLUMN = new ColumnView(() => true);
const SYMBOLS = INSTRUMENTS.map(({ symbol }) => symbol);
const TENANT: TenantRow = {
  id: 'one',
  name: 'One',
  tier: 'enterprise',
  signalTimeframe: 'M1',
  strategy: 's-1',
  symbols: SYMBOLS,
  trading: {},
  stopped: null,
  createdAt: 0,
};

export interface Faults {
  /** Mean engine milliseconds between faults of each kind; none where 0. */
  readonly nodeCrashEveryMs: number;
  readonly cutEveryMs: number;
  readonly eaCrashEveryMs: number;
  /** Probabilities for each transaction of the ledger. */
  readonly failChance: number;
  readonly tornChance: number;
  readonly unheardChance: number;
  /** Added to each delivery on a wire, at most. */
  readonly delayMsMost: number;
}

const observer = {
  opened: () => {},
  closed: () => {},
  malformed: () => {},
  frame: () => {},
};

/** What a world is beside its faults: how its tenant trades, and how often an operator closes everything of an account. */
export interface WorldWish {
  readonly trading?: TradingOverrides;
  readonly marginMode?: 'HEDGING' | 'NETTING';
  readonly closeAllEveryMs?: number;
}

interface RunningEngine {
  readonly root: Root;
  readonly door: Door;
  readonly ledger: MemoryLedger;
  readonly addresses: AddressBook;
  readonly connections: Set<Connection>;
}

/** An EA, its broker, its record, and the wire it has at the moment. */
class SimulatedEa {
  readonly broker: Broker;
  readonly records: MemoryRecordStore;
  ea: ExpertAdvisor | undefined;
  hangUp: (() => void) | undefined;

  constructor(
    readonly world: World,
    readonly accountId: string,
    readonly apiKey: string,
    readonly random: Random,
  ) {
    const { clock, prices } = world;
    const terms = drawBrokerTerms(random.fork('terms'), { marginMode: world.wish.marginMode ?? 'HEDGING' });
    this.broker = new Broker({ terms, behaviour: BEHAVIOURS.hostile, prices, clock, random: random.fork('broker') });
    this.records = new MemoryRecordStore(() =>
      random
        .fork('instance')
        .words()
        .map((word) => word.toString(16).padStart(8, '0'))
        .join(''),
    );
    this.start();
  }

  start(): void {
    const { accountId, apiKey, broker } = this;
    this.ea = new ExpertAdvisor({ accountId, apiKey, broker, record: this.records.open(), clock: this.world.clock });
    this.dial();
  }

  crash(): void {
    this.ea?.dispose();
    this.ea = undefined;
    this.records.crash();
    this.hangUp?.();
    this.world.clock.after(3_003, () => this.start());
  }

  dial(): void {
    const engine = this.world.engine;
    if (engine === undefined || this.ea === undefined || this.hangUp !== undefined) {
      this.world.clock.after(1_003, () => this.dial());
      return;
    }
    this.world.wire(engine, this.ea, (hangUp) => {
      this.hangUp = hangUp;
      if (hangUp === undefined) this.world.clock.after(503 + 10 * this.random.int(100), () => this.dial());
    });
  }

  /** Of trades for us, not of the user's own or of money. */
  deals(): readonly bigint[] {
    return this.broker.book.deals.filter(({ magic, kind }) => magic !== 0n && kind !== 'BALANCE').map(({ ticket }) => ticket);
  }

  summaries(): readonly SignalSummary[] {
    return summarise(this.records.open().state, this.broker.book.deals);
  }
}

export class World {
  readonly clock: SteppedClock;
  readonly activity = new Activity();
  readonly prices = new SharedPrices();
  readonly eas: SimulatedEa[] = [];
  readonly fired: Record<string, number> = {};
  engine: RunningEngine | undefined;
  readonly #chance: Random;
  readonly #scheduler: DeterministicScheduler;
  readonly #journal = new RecentCandles();
  readonly #snapshots = new MemorySnapshots();
  readonly #market: DemoMarket;
  readonly #tenant: TenantRow;
  #asked = 0;
  #ledger: MemoryLedger;
  #calm = false;

  constructor(
    readonly seed: number,
    readonly faults: Faults,
    readonly eaCount: number,
    readonly wish: WorldWish = {},
  ) {
    this.#tenant = { ...TENANT, trading: wish.trading ?? {} };
    this.#chance = seededRandom(seed).fork('world');
    this.#scheduler = new DeterministicScheduler(this.#chance.fork('schedule'));
    this.#market = new DemoMarket(seed, this.#journal, this.prices);
    this.clock = new SteppedClock(this.#market.startMs);
    this.#ledger = new MemoryLedger(this.#hooks());
  }

  async begin(): Promise<void> {
    await this.#quietly(async (ledger) => {
      await ledger.createTenant(this.#tenant);
      const ids = seededIds(`world ${this.seed}`);
      const accounts = Array.from({ length: this.eaCount }, (_, at) => ({
        id: ids.idFor(`account ${at}`, 0),
        key: printedKey(ids.secretFor(`account ${at}`)),
      }));
      await ledger.createAccounts(
        accounts.map(({ id, key }) => ({
          id,
          tenantId: TENANT.id,
          mode: 'demo',
          keyHash: hashKey(keyBytes(key) as Uint8Array),
          suho1Table: null,
          createdAt: 0,
        })),
      );
      this.#startEngine();
      for (const [at, { id, key }] of accounts.entries())
        this.eas.push(new SimulatedEa(this, id, key, seededRandom(this.seed).fork(`ea ${at}`)));
    });
    this.#repeat('close-all', this.wish.closeAllEveryMs ?? 0, () => this.closeAll(this.#chance.int(this.eas.length)));
    this.#repeat('node-crash', this.faults.nodeCrashEveryMs, () => this.#crashEngine());
    this.#repeat('cut', this.faults.cutEveryMs, () => this.eas[this.#chance.int(this.eas.length)]?.hangUp?.());
    this.#repeat('ea-crash', this.faults.eaCrashEveryMs, () => this.eas[this.#chance.int(this.eas.length)]?.crash());
  }

  /** From here on nothing goes wrong any more, and no new signal is raised: what is under way comes to its end. */
  async calm(): Promise<void> {
    this.#calm = true;
    for (const { accountId } of this.eas)
      await this.#quietly((ledger) => ledger.setAccountMode(accountId, 'observe', this.clock.nowMs()));
    this.#crashEngine();
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

  /** An operator closes everything of ours of one account. */
  closeAll(at: number): void {
    const ea = this.eas[at];
    if (ea === undefined) return;
    this.#asked += 1;
    const cause = `operator:${this.#asked}`;
    const wish = { action: 'CLOSE_ALL', scope: 'OURS', cause, reason: 'an operator', askedBy: 'operator' } as const;
    const message = { kind: 'command', wish, answered: () => {} } as const;
    this.engine?.root.tenants.tell({
      kind: 'command',
      tenantId: TENANT.id,
      to: { kind: 'command', accountId: ea.accountId, message },
    });
  }

  /** All commands that there are. */
  commands(): Promise<readonly CommandRow[]> {
    return this.#quietly(async (ledger) => {
      const rows: CommandRow[] = [];
      for (let page = await ledger.listCommands(); ; page = await ledger.listCommands(page.next)) {
        rows.push(...page.rows);
        if (page.next === undefined) return rows;
      }
    });
  }

  /** The audit log as it was told, and what its verifier says. */
  audit(): Promise<{ readonly rows: readonly AuditRow[]; readonly report: AuditReport }> {
    return this.#quietly(async (ledger) => {
      const rows: AuditRow[] = [];
      for await (const row of auditRows(ledger)) rows.push(row);
      return { rows, report: await verifyAudit(rows) };
    });
  }

  books(): Promise<LedgerBooks> {
    return this.#quietly((ledger) => readBooks(ledger));
  }

  /** Connects an EA to the engine by a wire of its own. */
  wire(engine: RunningEngine, ea: ExpertAdvisor, changed: (hangUp: (() => void) | undefined) => void): void {
    const codec = new CodecSuho2();
    let open = true;
    let arrivesMs = 0;
    // Frames keep their order on a wire, however long each takes.
    const later = (act: () => void): void => {
      arrivesMs = Math.max(arrivesMs, this.clock.nowMs() + this.#chance.int(1 + this.faults.delayMsMost));
      this.clock.after(arrivesMs - this.clock.nowMs(), act);
    };
    const hangUp = (): void => {
      if (!open) return;
      open = false;
      changed(undefined);
      engine.connections.delete(connection);
      connection.closed();
      ea.closed();
    };
    const connection: Connection = new Connection(
      {
        remoteAddress: '127.0.0.1',
        remotePort: 0,
        outboxBytes: 0,
        write: (bytes) => later(() => void (open && codec.read(bytes, (frame) => ea.received(frame)))),
        pause: () => {},
        resume: () => {},
        end: () => later(hangUp),
        destroy: hangUp,
      },
      {
        door: engine.door,
        addresses: engine.addresses,
        drain: new Drain(this.clock),
        clock: this.clock,
        helloMs: 5_000,
        observer,
        wholeFrames: true,
      },
    );
    engine.connections.add(connection);
    changed(hangUp);
    ea.opened({
      writable: true,
      send: (frame) => {
        const bytes = codec.write(frame);
        later(() => void (open && connection.data(bytes)));
      },
      close: () => later(hangUp),
    });
  }

  #startEngine(): void {
    const { clock, activity } = this;
    const ledger = this.#ledger;
    const board = new QuoteBoard();
    const commits = new GroupCommit({ ledger, clock, activity });
    const root = startRoot({
      scheduler: this.#scheduler,
      clock,
      random: this.#chance.fork(`engine ${clock.nowMs()}`),
      ids: seededIds(this.seed),
      log: silentLogger,
      activity,
      board,
      journal: this.#journal,
      features: new FeatureStreams({ journal: this.#journal, snapshots: this.#snapshots }),
      ledger,
      commits,
      symbols: SYMBOLS,
      isReference: () => false,
      tenants: [this.#tenant],
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
      allowance: new Meter({ tiers: TIERS, costs: COSTS, count: () => {} }).signals(() => TENANT.tier),
      heartbeatMs: LIMITS.session.heartbeatMs,
      observers: [],
    });
    const door = new Door({
      known: new Map(),
      ledger,
      tenants: root.tenants,
      clock,
      ids: seededIds(this.seed),
      activity,
      heartbeatMs: LIMITS.session.heartbeatMs,
    });
    this.engine = { root, door, ledger, addresses: new AddressBook(), connections: new Set() };
    root.startFeed('synthetic', { source: this.#market, periodMs: 1_000 });
  }

  /** As `kill -9`: no goodbye, no answer; what was committed is what a new process finds. */
  #crashEngine(): void {
    const engine = this.engine;
    if (engine === undefined) return;
    this.engine = undefined;
    engine.ledger.crash();
    for (const ea of this.eas) ea.hangUp?.();
    engine.root.system.close();
    this.#ledger = this.#ledger.reopen(this.#hooks());
    this.clock.after(2_000, () => this.#startEngine());
  }

  #hooks() {
    const strike = (name: string, chance: number): boolean => {
      if (this.#calm || !this.#chance.chance(chance)) return false;
      this.fired[name] = (this.fired[name] ?? 0) + 1;
      return true;
    };
    return {
      before: (call: string) => {
        if (call === 'commit' && strike('ledger-fails', this.faults.failChance)) throw new Error('the ledger is down');
      },
      written: () => {
        if (strike('torn-write', this.faults.tornChance)) throw new Error('the disk tore the write');
      },
      after: (call: string) => {
        if (call === 'commit' && strike('answer-unheard', this.faults.unheardChance)) throw new Error('the answer was lost');
      },
    };
  }

  /** For the world's own looks into the ledger, on which no fault falls. */
  async #quietly<T>(look: (ledger: MemoryLedger) => Promise<T>): Promise<T> {
    const calm = this.#calm;
    this.#calm = true;
    try {
      return await look(this.#ledger);
    } finally {
      this.#calm = calm;
    }
  }

  #repeat(name: string, meanMs: number, act: () => void): void {
    if (meanMs === 0) return;
    this.clock.after(-meanMs * Math.log(1 - this.#chance.next()), () => {
      if (this.#calm) return;
      this.fired[name] = (this.fired[name] ?? 0) + 1;
      act();
      this.#repeat(name, meanMs, act);
    });
  }

  async #rest(): Promise<void> {
    do {
      while (this.#scheduler.step()) await Promise.resolve();
      await turn();
    } while (this.activity.pending > 0);
  }
}
