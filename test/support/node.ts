/**
 * A node without its market: door, gateway, and the tree of tenants over the in-memory ledger, on a clock that stands until
 * it is told. Tests take the place of the symbols (vectors for the tenant's signal actor) and of the EAs (`scripted-ea.ts`).
 */
import type { Halt } from '../../src/accounts/halt.js';
import { EVERY_RIGHT } from './rights.js';
import { generate } from 'selfsigned';
import { createAssessor } from '../../src/accounts/assessment.js';
import { hashKey, keyBytes, printedKey } from '../../src/accounts/keys.js';
import { Meter, type SignalAllowance } from '../../src/accounts/meter.js';
import type { TierName } from '../../src/accounts/tiers.js';
import type { AccountMessage } from '../../src/actors/account.js';
import type { IssueToken } from '../../src/actors/account-tokens.js';
import { type ActorNode, type ActorRef, ActorSystem, NactScheduler } from '../../src/actors/actor.js';
import { Subscriptions } from '../../src/actors/subscriptions.js';
import { type TenantsMessage, tenantsActor } from '../../src/actors/tenants.js';
import type { Elsewhere } from '../../src/cluster/elsewhere.js';
import { ColumnView } from '../../src/features/column-view.js';
import { FeatureStreams } from '../../src/features/feature-streams.js';
import { Door } from '../../src/gateway/door.js';
import { type Gateway, openGateway, type Port } from '../../src/gateway/gateway.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { LIMITS } from '../../src/limits.js';
import { INSTRUMENTS } from '../../src/market/instrument.js';
import { QuoteBoard } from '../../src/market/quote-board.js';
import { Activity } from '../../src/runtime/activity.js';
import { SteppedClock } from '../../src/runtime/clock.js';
import { seededIds } from '../../src/runtime/ids.js';
import { silentLogger } from '../../src/runtime/logger.js';
import { seededRandom } from '../../src/runtime/random.js';
import { WireActivity } from '../../src/runtime/wire-activity.js';
import { DEFAULT_THRESHOLDS } from '../../src/signals/score.js';
import type { Decision, Direction } from '../../src/signals/signal.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { GroupCommit } from '../../src/storage/ledger/group-commit.js';
import type { AccountRow, RefusalRow, SignalRow, TenantRow } from '../../src/storage/ledger/ledger.js';
import type { PatternStore } from '../../src/storage/patterns/patterns.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { readCostUnits, readTiers } from '../../src/storage/tier-table.js';
import { observersAsOne, type RootObserver } from '../../src/supervisors/observers.js';
import { restartPolicy } from '../../src/supervisors/restart-policy.js';
import { until } from './actors.js';

export const START_MS = 1_772_409_600_000;
const TIMEFRAME = 'M15';
const TIERS = await readTiers();
const COSTS = await readCostUnits();
const EVERY_COLUMN = new ColumnView(() => true);
const SPAN_MS = 900_000;
const TENANT: TenantRow = {
  id: 'blue',
  name: 'Blue',
  tier: 'enterprise',
  signalTimeframe: TIMEFRAME,
  strategy: 'test-1',
  symbols: INSTRUMENTS.map(({ symbol }) => symbol),
  // A test sends as many signals as it likes.
  trading: { risk: { openPositionsMost: null, marginFreeLeastPercent: null, marginLevelLeastPercent: null } },
  stopped: null,
  createdAt: START_MS,
};

export interface TestAccount {
  readonly id: string;
  readonly key: string;
}

/** Where a test takes hold of the ledger. */
export class LedgerGrip {
  fail: 'before' | 'after' | undefined;
  #held: { readonly passed: Promise<void>; readonly release: () => void } | undefined;
  /** Commits that wait. */
  waiting = 0;

  hold(): void {
    let release = (): void => {};
    const passed = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held = { passed, release };
  }

  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }

  async before(call: string): Promise<void> {
    if (call === 'setAccountDisabled' && this.fail === 'before') throw new Error('the ledger is down');
    if (call !== 'commit') return;
    this.waiting += 1;
    await this.#held?.passed;
    this.waiting -= 1;
    if (this.fail === 'before') throw new Error('the ledger is down');
  }

  after(call: string): void {
    if (call === 'commit' && this.fail === 'after') throw new Error('the answer was lost');
  }
}

export interface TestNodeWish {
  readonly heartbeatMs?: number;
  readonly tls?: boolean;
  readonly suho1?: boolean;
  /** Where its EAs may be sent. */
  readonly elsewhere?: Elsewhere;
  /** Time stands still while a frame is under way; for EAs that count theirs too. */
  readonly wire?: boolean;
  /** Told of what happens, beside the node itself. */
  readonly observers?: (node: Pick<TestNode, 'ledger' | 'clock'>) => readonly Partial<RootObserver>[];
  readonly historyFull?: () => boolean;
  readonly issueToken?: IssueToken;
  readonly drawdown?: () => number | undefined;
  readonly halted?: () => Halt | null;
  /** Of the tenant, as far as its rates go; enterprise where it is left out. */
  readonly tier?: () => TierName;
  /** Where its tenant's patterns are. */
  readonly patterns?: PatternStore;
  /** What a node before it has left: its ledger, at that hour. */
  readonly after?: TestNode;
}

/** Shares one generated certificate among the tests of a file. */
let certificate: Promise<{ readonly cert: string; readonly key: string }> | undefined;
export function testCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  certificate ??= generate([{ name: 'commonName', value: 'suho test' }], {
    keyType: 'ec',
    curve: 'P-256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  }).then(({ cert, private: key }) => ({ cert, key }));
  return certificate;
}

export class TestNode {
  readonly clock: SteppedClock;
  readonly grip: LedgerGrip;
  readonly ledger: MemoryLedger;
  readonly board = new QuoteBoard();
  readonly decisions: Decision[] = [];
  readonly malformed: string[] = [];
  readonly sent: SignalRow[] = [];
  readonly system: ActorSystem;
  readonly heartbeatMs: number;
  gateway!: Gateway;
  connections = 0;
  /** Frames that EAs have said, and that the gateway has heard: equal when none is on its way. */
  said = 0;
  heard = 0;
  readonly #scheduler = new NactScheduler(silentLogger);
  readonly #subscriptions = new Subscriptions();
  readonly #accounts = new Map<string, ActorRef<AccountMessage>>();
  readonly #tenants: ActorRef<TenantsMessage>;
  readonly #activity = new Activity();
  readonly wire = new WireActivity(this.#activity);
  readonly #ids = seededIds('test node');
  #allowance: SignalAllowance;
  /** As after a kill: what was taken is known no more, but for what the ledger tells. */
  readonly forgetAllowances: () => void;
  #issued = 0;
  #vectorMs = 0;

  private constructor(wish: TestNodeWish) {
    this.heartbeatMs = wish.heartbeatMs ?? LIMITS.session.heartbeatMs;
    const clock = new SteppedClock(wish.after?.nowMs ?? START_MS);
    const grip = wish.after?.grip ?? new LedgerGrip();
    this.clock = clock;
    this.grip = grip;
    this.ledger =
      wish.after?.ledger ?? new MemoryLedger({ before: (call) => grip.before(call), after: (call) => grip.after(call) });
    const activity = this.#activity;
    this.#allowance = this.#freshAllowance(wish);
    this.forgetAllowances = () => {
      this.#allowance = this.#freshAllowance(wish);
    };
    const random = seededRandom('test node');
    this.system = new ActorSystem({ scheduler: this.#scheduler, clock, random, log: silentLogger, restartPolicy, activity });
    const commits = new GroupCommit({ ledger: this.ledger, clock, activity });
    const assessor = createAssessor({
      reference: (symbol, timeMs) => this.board.nearest(symbol, timeMs),
      subscribed: () => new Set(TENANT.symbols),

      ...(wish.historyFull ? { historyFull: wish.historyFull } : {}),
      ...(wish.drawdown ? { drawdown: wish.drawdown } : {}),
    });
    this.#tenants = this.system.spawn(
      tenantsActor({
        signal: {
          subscriptions: this.#subscriptions,
          features: new FeatureStreams({ journal: new RecentCandles(), snapshots: new MemorySnapshots() }),
          onDecision: (decision) => this.decisions.push(decision),
        },
        account: {
          ids: this.#ids,
          assessor,
          reference: (symbol, timeMs) => this.board.nearest(symbol, timeMs),
          allowance: {
            opened: (...told) => this.#allowance.opened(...told),
            take: (...asked) => this.#allowance.take(...asked),
            giveBack: (...told) => this.#allowance.giveBack(...told),
          },
          heartbeatMs: this.heartbeatMs,
          commit: (ops) => commits.submit(ops),
          ...(wish.issueToken && { issueToken: wish.issueToken }),
          ...(wish.drawdown && { drawdown: wish.drawdown }),
          disable: (id, halt) => this.ledger.setAccountDisabled(id, halt, halt.atMs),
          observer: observersAsOne([{ sent: (row) => this.sent.push(row) }, ...(wish.observers?.(this) ?? [])], silentLogger),
        },
        ...(wish.halted && { halted: wish.halted }),
        ...(wish.patterns && {
          patterns: { store: wish.patterns, ledger: this.ledger, keeps: () => true, timers: clock },
        }),
        settingsOf: ({ id, strategy, symbols }) => ({
          tenantId: id,
          strategy,
          timeframe: TIMEFRAME,
          symbols,
          rights: EVERY_RIGHT,
          thresholds: DEFAULT_THRESHOLDS,
          columns: EVERY_COLUMN,
        }),
      }),
    );
  }

  #freshAllowance({ tier }: TestNodeWish): SignalAllowance {
    return new Meter({ tiers: TIERS, costs: COSTS, count: () => {} }).signals(tier ?? (() => TENANT.tier));
  }

  static async open(wish: TestNodeWish = {}): Promise<TestNode> {
    const node = new TestNode(wish);
    if (wish.after === undefined) await node.ledger.createTenant(TENANT);
    const { clock, ledger, heartbeatMs } = node;
    const door = new Door({
      known: new Map(),
      ledger,
      tenants: node.#noting(),
      clock,
      ids: node.#ids,
      activity: node.#activity,
      heartbeatMs,
    });
    const off = (wanted: boolean | undefined): Port => (wanted ? 0 : 'off');
    node.gateway = await openGateway({
      host: '127.0.0.1',
      tcpPort: 0,
      wsPort: 0,
      tlsPort: off(wish.tls),
      suho1Port: off(wish.suho1),
      plainWebSocket: true,
      tls: wish.tls ? await testCertificate() : { cert: '', key: '' },
      door,
      clock,
      helloMs: LIMITS.session.helloMs,
      ...(wish.wire ? { wire: node.wire } : {}),
      ...(wish.elsewhere ? { elsewhere: wish.elsewhere } : {}),
      observer: {
        opened: () => {
          node.connections += 1;
        },
        closed: () => {
          node.connections -= 1;
        },
        malformed: (code) => node.malformed.push(code),
        frame: () => {
          node.heard += 1;
        },
      },
    });
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.grip.release();
    await this.gateway.close();
    this.system.close();
    this.#scheduler.close();
  }

  get tenants(): ActorRef<TenantsMessage> {
    return this.#tenants;
  }

  get nowMs(): number {
    return this.clock.nowMs();
  }

  port(name: 'tcp' | 'tls' | 'ws' | 'suho1+ws'): number {
    const listener = this.gateway.listeners.find((candidate) => candidate.name === name);
    if (listener === undefined) throw new Error(`there is no listener ${name}`);
    return listener.port;
  }

  /** Time passes; what comes due is told, and the actors and sockets have their turns before the next comes due. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (let dueMs = this.clock.nextDueMs(); dueMs !== undefined && dueMs <= endMs; dueMs = this.clock.nextDueMs()) {
      this.clock.advanceTo(dueMs);
      await this.rest();
    }
    this.clock.advanceTo(endMs);
    await this.rest();
  }

  /** Until no actor has mail and no commit is under way. */
  rest(): Promise<void> {
    return until(() => this.#activity.pending === 0, 'the engine rests');
  }

  async addAccount(change: Partial<Pick<AccountRow, 'mode' | 'suho1Table'>> = {}): Promise<TestAccount> {
    this.#issued += 1;
    const id = this.#ids.idFor(`account ${this.#issued}`, START_MS);
    const key = printedKey(this.#ids.secretFor(`account ${this.#issued}`));
    const keyHash = hashKey(keyBytes(key) as Uint8Array);
    const row = { id, tenantId: TENANT.id, mode: 'demo', keyHash, suho1Table: null, createdAt: START_MS, ...change } as const;
    await this.ledger.createAccounts([row]);
    return { id, key };
  }

  /** Whether the account has had a session here. */
  hasAccount({ id }: TestAccount): boolean {
    return this.#accounts.has(id);
  }

  /** The account's actor, once it has had a session. */
  account({ id }: TestAccount): ActorRef<AccountMessage> {
    const ref = this.#accounts.get(id);
    if (ref === undefined) throw new Error(`account ${id} has had no session`);
    return ref;
  }

  inspect({ id }: TestAccount): ActorNode {
    const find = (node: ActorNode): ActorNode | undefined =>
      node.name === id ? node : node.children.map(find).find((found) => found !== undefined);
    const found = find(this.system.inspect());
    if (found === undefined) throw new Error(`there is no actor of account ${id}`);
    return found;
  }

  /** As an operator changes the tenant of all accounts. */
  async changeTenant(change: Partial<Pick<TenantRow, 'trading' | 'stopped'>>): Promise<void> {
    const tenant = await this.ledger.updateTenant(TENANT.id, change, this.nowMs);
    if (tenant === undefined) throw new Error('the tenant is there');
    this.#tenants.tell({ kind: 'tenant', tenant });
    await this.rest();
  }

  /** The node was stopped, or trades again. */
  async tellHalted(): Promise<void> {
    this.#tenants.tell({ kind: 'halted', tenantId: TENANT.id });
    await this.rest();
  }

  post(symbol: string, bid: number, ask: number): void {
    this.board.post(symbol, { bid, ask, timeMs: this.nowMs });
  }

  /** A decision as the tenant's signal actor makes it, told to one account alone. */
  decision(change: Partial<Decision> = {}): Decision {
    const nowMs = this.nowMs;
    return {
      kind: 'OPEN',
      tenantId: TENANT.id,
      strategy: TENANT.strategy,
      symbol: 'EURUSD',
      timeframe: TIMEFRAME,
      closeTime: nowMs,
      direction: 'BUY',
      score: 80,
      strength: 'MODERATE',
      parts: { technical: 80 },
      entry: 1.1,
      stopLoss: 1.097,
      takeProfit: 1.1045,
      validUntil: nowMs + SPAN_MS,
      ...change,
    };
  }

  /** Lets the tenant itself decide, by vectors whose score crosses to that side. */
  async decide(direction: Direction, symbol = 'EURUSD', close = 1.1): Promise<void> {
    const sign = direction === 'BUY' ? 1 : -1;
    const timeMs = this.nowMs - SPAN_MS;
    this.#vectorMs = Math.max(this.#vectorMs + 1, timeMs - 1);
    await this.#vector(symbol, this.#vectorMs, close, 0);
    this.#vectorMs = Math.max(this.#vectorMs + 1, timeMs);
    await this.#vector(symbol, this.#vectorMs, close, sign);
  }

  async #vector(symbol: string, time: number, close: number, sign: number): Promise<void> {
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
    const candle = { symbol, timeframe: TIMEFRAME, time, open: close, high: close, low: close, close } as const;
    for (const [column, value] of Object.entries(told)) values[placeOf(column)] = value;
    this.#subscriptions.handOver({ candle: { ...candle, volume: 1, spread: 0, gapBefore: 0 }, values });
    await this.rest();
  }

  async signals(): Promise<readonly SignalRow[]> {
    return (await this.ledger.listSignals()).rows;
  }

  async refusals(): Promise<readonly RefusalRow[]> {
    return (await this.ledger.listRefusals()).rows;
  }

  /** The only signal that there is. */
  async signal(): Promise<SignalRow> {
    const rows = await this.signals();
    if (rows.length !== 1) throw new Error(`the ledger holds ${rows.length} signals, not one`);
    return rows[0] as SignalRow;
  }

  async becomes(state: SignalRow['state']): Promise<SignalRow> {
    await until(async () => (await this.signal()).state === state, `the signal becomes ${state}`);
    return this.signal();
  }

  /** Notes which actor each account's sessions are attached to. */
  #noting(): ActorRef<TenantsMessage> {
    return {
      path: this.#tenants.path,
      tell: (message) => {
        if (message.kind !== 'attach') return this.#tenants.tell(message);
        const attached = (account: ActorRef<AccountMessage> | undefined): void => {
          if (account !== undefined) this.#accounts.set(message.to.accountId, account);
          message.to.attached(account);
        };
        return this.#tenants.tell({ ...message, to: { ...message.to, attached } });
      },
    };
  }
}
