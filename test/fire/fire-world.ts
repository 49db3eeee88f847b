/**
 * One account under fire: the real tenant, account and signal actors, the real door and session code, the ledger's twin, and
 * real simulated EAs that share one broker's book, on simulated time. Every step of a signal's life passes `steps`, where a
 * fault can be laid. There is no market: the world takes the place of the symbols and hands vectors to the tenant.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { createAssessor } from '../../src/accounts/assessment.js';
import { hashKey, keyBytes, printedKey } from '../../src/accounts/keys.js';
import { Meter } from '../../src/accounts/meter.js';
import { type ActorNode, type ActorRef, ActorSystem } from '../../src/actors/actor.js';
import { DeterministicScheduler } from '../../src/actors/deterministic.js';
import { Subscriptions } from '../../src/actors/subscriptions.js';
import { type TenantsMessage, tenantsActor } from '../../src/actors/tenants.js';
import { type LedgerBooks, readBooks } from '../../src/demo/simulated-day.js';
import { BEHAVIOURS, type Behaviour } from '../../src/ea-sim/behaviour.js';
import { Broker } from '../../src/ea-sim/broker.js';
import { type BrokerTerms, brokerSymbol } from '../../src/ea-sim/broker-terms.js';
import { SharedPrices } from '../../src/ea-sim/price-source.js';
import { ColumnView } from '../../src/features/column-view.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { Door } from '../../src/gateway/door.js';
import { AddressBook } from '../../src/gateway/address-book.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { QuoteBoard } from '../../src/market/quote-board.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { type Ids, seededIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { type Random, seededRandom } from '../../src/runtime/random.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import type { Direction } from '../../src/signals/signal.js';
import { type AuditRow, auditRows, verifyAudit } from '../../src/storage/audit/audit-log.js';
import type { AuditReport } from '../../src/storage/audit/verifier.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { GroupCommit } from '../../src/storage/ledger/group-commit.js';
import type { Ledger, LedgerOp, OpResult, TenantRow } from '../../src/storage/ledger/ledger.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import type { MemoryTables } from '../../src/storage/ledger/memory/memory-tables.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';
import { observersAsOne } from '../../src/supervisors/observers.js';
import { restartPolicy } from '../../src/supervisors/restart-policy.js';
import { EVERY_RIGHT } from '../support/rights.js';
import type { RaisedOnce } from '../simulation/delivery-checkers.js';
import { FireEa } from './fire-ea.js';
import { FireOperator, type OperatorDesk, operatorDesk } from './fire-operator.js';
import type { FireWire } from './fire-wire.js';
import { opStep, Steps } from './steps.js';

const TIERS = await readTiers();
const COSTS = await readCostUnits();
const EVERY_COLUMN = new ColumnView(() => true);
/** A Tuesday, 12:00 UTC. */
export const START_MS = 1_772_539_200_000;
export const MINUTE_MS = 60_000;
const HEARTBEAT_MS = 5_000;
const EURUSD = INSTRUMENTS.find(({ symbol }) => symbol === 'EURUSD');
const TENANT: TenantRow = {
  id: 'one',
  name: 'One',
  tier: 'enterprise',
  signalTimeframe: 'M1',
  strategy: 's-1',
  symbols: ['EURUSD'],
  createdAt: 0,
  trading: {},
  stopped: null,
};

export interface FireWish {
  readonly seed?: number | string;
  /** Milliseconds that a frame is under way, at most. */
  readonly delayMsMost?: number;
  readonly behaviour?: Behaviour;
  /** What the EA keeps of what has its end; all of it where left out. */
  readonly remember?: number;
}

/** A node's process: gone with a crash. */
export interface FireEngine {
  readonly system: ActorSystem;
  readonly tenants: ActorRef<TenantsMessage>;
  readonly subscriptions: Subscriptions;
  readonly door: Door;
  readonly addresses: AddressBook;
  readonly commits: GroupCommit;
  readonly desk: OperatorDesk;
  readonly wires: Set<FireWire>;
  dead: boolean;
}

export type CommitFault = 'fails' | 'unheard';

export class FireWorld {
  readonly clock = new SteppedClock(START_MS);
  readonly activity = new Activity();
  readonly prices = new SharedPrices();
  readonly steps = new Steps();
  readonly random: Random;
  readonly behaviour: { -readonly [K in keyof Behaviour]: Behaviour[K] };
  readonly broker: Broker;
  readonly eas: FireEa[] = [];
  readonly raised = new Map<string, RaisedOnce>();
  readonly sent: string[] = [];
  readonly account: { readonly id: string /** The newest. */; key: string };
  /** What was sent to EAs whose key was worth nothing. */
  readonly strangers: string[] = [];
  readonly ids: Ids;
  readonly delayMsMost: number;
  readonly board = new QuoteBoard();
  readonly operator: FireOperator;
  engine: FireEngine | undefined;
  ledger: MemoryLedger;
  restores = 0;
  price = 1.1;
  /** What becomes of the next commit. */
  nextCommit: CommitFault | undefined;
  #vectors: (() => void)[] = [];
  #vectorMs = 0;
  magicBase = 0;
  /** The ledger as it was when it was last saved. */
  saved!: MemoryTables;
  savedAtMs = START_MS;
  readonly #scheduler: DeterministicScheduler;

  private constructor(readonly wish: FireWish) {
    this.random = seededRandom(wish.seed ?? 1).fork('fire');
    this.#scheduler = new DeterministicScheduler(this.random.fork('schedule'));
    this.ids = seededIds(`fire ${wish.seed ?? 1}`);
    this.delayMsMost = wish.delayMsMost ?? 20;
    this.behaviour = { ...(wish.behaviour ?? BEHAVIOURS.clean) };
    this.#quote();
    const { clock, prices, behaviour } = this;
    this.broker = new Broker({ terms: fireTerms(), behaviour, prices, clock, random: this.random.fork('broker') });
    this.ledger = new MemoryLedger();
    this.account = {
      id: this.ids.idFor('account', START_MS),
      key: printedKey(this.ids.secretFor('account')),
    };
    this.operator = new FireOperator(this);
  }

  static async begin(wish: FireWish = {}): Promise<FireWorld> {
    const world = new FireWorld(wish);
    await world.ledger.createTenant(TENANT);
    const { id, key } = world.account;
    const keyHash = hashKey(keyBytes(key) as Uint8Array);
    const [row] = await world.ledger.createAccounts([
      { id, tenantId: TENANT.id, mode: 'demo', keyHash, suho1Table: null, createdAt: 0 },
    ]);
    world.magicBase = row?.magicBase ?? 0;
    world.saved = world.ledger.backup();
    world.startEngine();
    world.clock.every(1_000, () => world.#quote());
    return world;
  }

  addEa(name: string): FireEa {
    const ea = new FireEa(this, name);
    this.eas.push(ea);
    ea.start();
    return ea;
  }

  // What goes wrong.

  /** As `kill -9`: no goodbye; what was committed is what a new process finds. */
  crashEngine(reopen: () => MemoryLedger = () => this.ledger.reopen()): void {
    const engine = this.engine;
    if (engine === undefined) return;
    this.engine = undefined;
    engine.dead = true;
    this.ledger.crash();
    this.ledger = reopen();
    for (const wire of [...engine.wires]) wire.cut();
    this.clock.after(1, () => engine.system.close());
    this.clock.after(2_000, () => this.startEngine());
  }

  /** Makes the backup that a restore puts back. */
  save(): void {
    this.saved = this.ledger.backup();
    this.savedAtMs = this.clock.nowMs();
  }

  /** Closes every position at the broker by the take-profit or stop-loss of a price that far away, and comes back. */
  async swing(by: number): Promise<void> {
    this.price += by;
    this.#quote();
    await this.run(2_000);
    this.price -= by;
    this.#quote();
  }

  // What the world does.

  /** Lets the tenant decide, by vectors whose score crosses to that side. */
  decide(direction: Direction): void {
    // Saved before the first decision: all that follows it is what a restore loses.
    if (this.#vectorMs === 0) this.save();
    const sign = direction === 'BUY' ? 1 : -1;
    const timeMs = this.clock.nowMs() - MINUTE_MS;
    this.#vectorMs = Math.max(this.#vectorMs + 1, timeMs - 1);
    const [first, second] = [this.#vectorMs, Math.max(this.#vectorMs + 1, timeMs)];
    this.#vectorMs = second;
    const hand = (): void => {
      this.#vector(first, 0);
      this.#vector(second, sign);
    };
    this.#vectors = [hand];
    this.steps.around(['decided'], hand);
  }

  #vector(time: number, sign: number): void {
    const close = this.price;
    const values = new Float64Array(COLUMNS.length).fill(Number.NaN);
    const told = {
      ema_20: close + sign,
      ema_50: close,
      macd_hist: sign,
      rsi_14: 50 + 20 * sign,
      plus_di: 20 + sign,
      minus_di: 20,
      adx: 25,
      supertrend_dir: sign,
      bb_upper: close + 0.5,
      bb_middle: close,
      atr_14: 0.002,
    };
    for (const [column, value] of Object.entries(told)) values[placeOf(column)] = value;
    const candle = { symbol: 'EURUSD', timeframe: 'M1', time, open: close, high: close, low: close, close } as const;
    this.engine?.subscriptions.handOver({ candle: { ...candle, volume: 1, spread: 0, gapBefore: 0 }, values });
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

  async until(done: () => boolean | Promise<boolean>, mostMs: number, stepMs = 5_000): Promise<boolean> {
    for (let left = mostMs; left > 0; left -= stepMs) {
      if (await done()) return true;
      await this.run(stepMs);
    }
    return done();
  }

  books(): Promise<LedgerBooks> {
    return readBooks(this.ledger);
  }

  async audit(): Promise<{ readonly rows: readonly AuditRow[]; readonly report: AuditReport }> {
    const rows: AuditRow[] = [];
    for await (const row of auditRows(this.ledger)) rows.push(row);
    return { rows, report: await verifyAudit(rows) };
  }

  /** What the account's actor says of itself; undefined before its first session. */
  inspect(name: string = this.account.id): ActorNode | undefined {
    const find = (node: ActorNode): ActorNode | undefined =>
      node.name === name ? node : node.children.map(find).find((found) => found !== undefined);
    return this.engine && find(this.engine.system.inspect());
  }

  startEngine(): void {
    const { clock, activity, ids } = this;
    const engine: { dead: boolean } = { dead: false };
    const ledger = this.#watched(this.ledger);
    const commits = new GroupCommit({ ledger, clock, activity });
    const random = this.random.fork(`engine ${clock.nowMs()}`);
    const system = new ActorSystem({ scheduler: this.#scheduler, clock, random, log: silentLogger, restartPolicy, activity });
    const subscriptions = new Subscriptions();
    const assess = createAssessor({
      reference: (symbol, timeMs) => this.board.nearest(symbol, timeMs),
      subscribed: () => new Set(TENANT.symbols),
    });
    const tenants = system.spawn(
      tenantsActor({
        signal: {
          subscriptions,
          features: new FeatureStreams({ journal: new RecentCandles(), snapshots: new MemorySnapshots() }),
          onDecision: () => {},
        },
        account: {
          ids,
          assessor: (...asked) => this.steps.around(['assessed'], () => assess(...asked)),
          reference: (symbol, timeMs) => this.board.nearest(symbol, timeMs),
          allowance: new Meter({ tiers: TIERS, costs: COSTS, count: () => {} }).signals(() => TENANT.tier),
          heartbeatMs: HEARTBEAT_MS,
          commit: (ops) => this.#submit(commits, ops),
          disable: (id, halt) => ledger.setAccountDisabled(id, halt, halt.atMs),
          observer: observersAsOne([{ sent: (row) => this.sent.push(row.id) }], silentLogger),
        },
        settingsOf: ({ id, strategy, symbols }) => ({
          tenantId: id,
          strategy,
          timeframe: 'M1',
          symbols,
          rights: EVERY_RIGHT,
          thresholds: DEFAULT_THRESHOLDS,
          columns: EVERY_COLUMN,
        }),
      }),
    );
    const door = new Door({ known: new Map(), ledger, tenants, clock, ids, activity, heartbeatMs: HEARTBEAT_MS });
    const desk = operatorDesk(ledger, clock, tenants, TIERS);
    const wires = new Set<FireWire>();
    this.engine = Object.assign(engine, {
      system,
      tenants,
      subscriptions,
      door,
      addresses: new AddressBook(),
      commits,
      desk,
      wires,
    });
    tenants.tell({ kind: 'tenant', tenant: TENANT });
    // As after a restart, when the newest candles of the journal are judged again.
    clock.after(1, () => {
      if (!engine.dead) for (const hand of this.#vectors) hand();
    });
  }

  #submit(commits: GroupCommit, ops: readonly LedgerOp[]): Promise<readonly OpResult[]> {
    return this.steps.around(
      ops.map((op) => opStep('submit', op)),
      () => commits.submit(ops),
    );
  }

  /** The ledger, seen step by step. */
  #watched(inner: MemoryLedger): Ledger {
    const commit = async (ops: readonly LedgerOp[]): Promise<readonly OpResult[]> => {
      const steps = [...new Set(ops.map((op) => opStep('commit', op)))];
      for (const step of steps) this.steps.pass(step, 'before');
      if (this.nextCommit === 'fails') {
        this.nextCommit = undefined;
        throw new Error('the ledger is down');
      }
      const results = await inner.commit(ops);
      this.#note(results);
      for (const step of steps) this.steps.pass(step, 'after');
      if (this.nextCommit === 'unheard') {
        this.nextCommit = undefined;
        throw new Error('the answer was lost');
      }
      // One that died meanwhile answers nobody.
      await inner.ping();
      return results;
    };
    const claimAll: Ledger['claimAll'] = async (hellos) => {
      this.steps.pass('claim', 'before');
      const claimed = await inner.claimAll(hellos);
      this.steps.pass('claim', 'after');
      await inner.ping();
      return claimed;
    };
    const setAccountDisabled: Ledger['setAccountDisabled'] = (id, halt, atMs) =>
      this.#change('account disabled', inner, () => inner.setAccountDisabled(id, halt, atMs));
    const setAccountKey: Ledger['setAccountKey'] = (id, change, atMs) =>
      this.#change(`keys ${change.kind}`, inner, () => inner.setAccountKey(id, change, atMs));
    const unbindAccount: Ledger['unbindAccount'] = (id, atMs) =>
      this.#change('account unbound', inner, () => inner.unbindAccount(id, atMs));
    return new Proxy(inner, {
      get: (target, name) => {
        if (name === 'commit') return commit;
        if (name === 'claimAll') return claimAll;
        if (name === 'setAccountDisabled') return setAccountDisabled;
        if (name === 'setAccountKey') return setAccountKey;
        if (name === 'unbindAccount') return unbindAccount;
        const value = Reflect.get(target, name, target) as unknown;
        return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value;
      },
    });
  }

  /** What is not in a group commit meets the same faults. */
  async #change<T>(what: string, inner: MemoryLedger, change: () => Promise<T>): Promise<T> {
    const step = `commit ${what}`;
    this.steps.pass(step, 'before');
    if (this.nextCommit === 'fails') {
      this.nextCommit = undefined;
      throw new Error('the ledger is down');
    }
    const answer = await change();
    this.steps.pass(step, 'after');
    if (this.nextCommit === 'unheard') {
      this.nextCommit = undefined;
      throw new Error('the answer was lost');
    }
    await inner.ping();
    return answer;
  }

  #note(results: readonly OpResult[]): void {
    for (const result of results) {
      if (result.kind !== 'raised') continue;
      const { id, seq, accountId, strategy, symbol, timeframe, closeTime, kind, position } = result.row;
      const magic = (BigInt(this.magicBase) << 32n) | BigInt(seq);
      const decision = [accountId, strategy, symbol, timeframe, closeTime, kind].join(' ');
      this.raised.set(id, { id, magic, decision, kind, position });
    }
  }

  #quote(): void {
    const [bid, ask] = [this.price - 0.00005, this.price + 0.00005];
    const timeMs = this.clock.nowMs();
    this.board.post('EURUSD', { bid, ask, timeMs });
    this.prices.accept('EURUSD', timeMs, bid, ask);
  }

  async #rest(): Promise<void> {
    do {
      while (this.#scheduler.step()) await Promise.resolve();
      await turn();
    } while (this.activity.pending > 0);
  }

  /** Whether the ledger waits for no history of a broker. */
  historyTold(): boolean {
    return this.ledger.backup().restores.get(this.account.id)?.historyFromMs == null;
  }

  close(): void {
    this.engine?.system.close();
    for (const ea of this.eas) ea.stop();
  }
}

function fireTerms(): BrokerTerms {
  if (EURUSD === undefined) throw new Error('EURUSD is among the instruments');
  return {
    login: 51_234_567,
    server: 'Harbour-Demo',
    company: 'Harbour FX Ltd',
    currency: 'USD',
    currencyDigits: 2,
    leverage: 100,
    riskPercentMax: 0.5,
    marginMode: 'HEDGING',
    fifo: false,
    stopOutPercent: 50,
    timeOffsetMs: 2 * 3_600_000,
    commissionPerLot: 3.5,
    deposit: 50_000,
    symbols: [brokerSymbol(EURUSD, { suffix: '.m' })],
  };
}
