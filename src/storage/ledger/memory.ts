/**
 * The ledger's in-memory twin, for simulation and fast tests: what a transaction wrote is there once it has committed, a
 * crash in the middle of one leaves nothing of it, and a crash loses what had not committed. It shares no decision with the
 * SQL ledger: it does one operation after the other in the plainest way, and one contract suite compares the two.
 */
import { DAY_MS, spanStart } from '../../accounts/allowances.js';
import type { Halt } from '../../accounts/halt.js';
import type { TradingOverrides } from '../../accounts/trading-settings.js';
import type { AuditAnchor, AuditEntry, AuditEvent, AuditHead } from '../audit/audit.js';
import { emptyChain, link, nextAnchor } from '../audit/chain.js';
import {
  accountClaimed,
  accountCreated,
  accountDisabledChanged,
  accountKeyChanged,
  accountModeChanged,
  accountTradingChanged,
  accountUnbound,
  eventOf,
  modelAdded,
  modelRemoved,
  tenantChanged,
  tenantCreated,
} from '../audit/events.js';
import { SuhoError, sentence } from '../../errors.js';
import { BOOKED_DAYS, CHARGED_DAYS } from './claim.js';
import { LIMITS } from '../../limits.js';
import { isUndecided, mayFollow, type SignalState } from '../../signals/signal.js';
import type { CommandOp, CommandRow } from './commands.js';
import {
  type BalanceRow,
  type HistoryBatch,
  type PlacedRow,
  PRESENCE_EVENTS,
  type PresenceEvent,
  type PresenceRow,
  type RiskEventRow,
  type UsageRow,
} from './history.js';
import type { NewAccount, TenantChange } from './catalogue.js';
import type {
  AccountMode,
  AccountRow,
  AccountSymbolRow,
  BookedDay,
  ChargedLots,
  Claimed,
  ClosedTradeRows,
  DealRow,
  ExecutionRow,
  ExplainedSignal,
  HelloClaim,
  KeyChange,
  KeyRefusal,
  Ledger,
  LedgerOp,
  NewTenant,
  OpResult,
  Page,
  RefusalRow,
  SignalRow,
  TenantRow,
  TokenKeyRow,
} from './ledger.js';
import { Journal, type Leap, MemoryTables, type Table } from './memory-tables.js';
import { wellFormed, wellFormedHello } from './op-shape.js';
import type { NewOwnModel, OwnModelAdded, OwnModelRow } from './own-models.js';
import { decodeCursor, encodeCursor } from './pages.js';
import { numberAfterRestore, placeOfRestore } from './restored-number.js';

type Call = Exclude<keyof Ledger, 'close'>;

/** Where a simulation takes hold. Each may throw, and may call `crash()`. */
export interface MemoryLedgerHooks {
  /** Awaited before a call begins: makes it wait, or fails it with nothing stored. */
  readonly before?: (call: Call) => Promise<void> | void;
  /** At each row written: a throw fails the transaction, a crash tears it. */
  readonly written?: (rows: number) => void;
  /** At each entry of the audit log: a throw fails the transaction. */
  readonly told?: () => void;
  /** Awaited once it is durable and before the caller hears: a crash here loses the answer and nothing else. */
  readonly after?: (call: Call) => Promise<void> | void;
}

type Op<K extends LedgerOp['kind']> = Extract<LedgerOp, { kind: K }>;
type Key = readonly (string | number | bigint)[];

const keyOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);
const units = (volume: number): number => Math.round(volume * 1e8);
/** A sum of doubles as the sum of the decimals that they stand for. */
const exact = (sum: number): number => Number(sum.toFixed(8)) + 0;
/** Rows come and go as JSON, as they would over a wire: nobody shares an object with the ledger. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const signalKey = (signal: Pick<SignalRow, 'accountId' | 'strategy' | 'symbol' | 'timeframe' | 'closeTime' | 'kind'>): string =>
  keyOf(signal.accountId, signal.strategy, signal.symbol, signal.timeframe, signal.closeTime, signal.kind);

const decisionKey = ({ tenantId, strategy, symbol, timeframe, closeTime }: SignalRow): string =>
  keyOf(tenantId, strategy, symbol, timeframe, closeTime);

function keyValid({ keyHash, previousKeyHash, previousUntil }: AccountRow, shown: string, atMs: number): boolean {
  return shown === keyHash || (shown === previousKeyHash && atMs < (previousUntil ?? 0));
}

/** The order of PostgreSQL: numbers by size, texts by their UTF-8 bytes. */
function inOrder(a: Key, b: Key): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] as typeof left;
    if (left === right) continue;
    if (typeof left === 'string' || typeof right === 'string') {
      return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right)));
    }
    return left < right ? -1 : 1;
  }
  return 0;
}

export class MemoryLedger implements Ledger {
  readonly #tables: MemoryTables;
  readonly #hooks: MemoryLedgerHooks;
  readonly #writer: number;
  #gone: string | undefined;

  constructor(hooks: MemoryLedgerHooks = {}, tables: MemoryTables = new MemoryTables()) {
    this.#hooks = hooks;
    this.#tables = tables;
    tables.auditWriters += 1;
    this.#writer = tables.auditWriters;
  }

  /** The process dies: calls under way never commit, or were durable and go unanswered; later ones fail. */
  crash(): void {
    this.#gone = 'it has crashed';
  }

  /** What a new process finds: all that was committed. */
  reopen(hooks: MemoryLedgerHooks = this.#hooks): MemoryLedger {
    this.crash();
    return new MemoryLedger(hooks, this.#tables);
  }

  /** All that is committed, as a backup holds it. */
  backup(): MemoryTables {
    return this.#tables.copy();
  }

  /** A backup put in the ledger's place: what `suho restore` does, on rows in memory. */
  static restored(
    backup: MemoryTables,
    { madeAtMs, atMs }: { readonly madeAtMs: number; readonly atMs: number },
    hooks: MemoryLedgerHooks = {},
  ): MemoryLedger {
    const tables = backup.copy();
    const { accounts, counters, restores, signals, tenants } = tables;
    tables.auditWriters = numberAfterRestore(tables.auditWriters, atMs);
    const ledger = new MemoryLedger(hooks, tables);
    const journal = new Journal(() => {});
    for (const account of accounts.values()) {
      const next = { epoch: numberAfterRestore(account.epoch, atMs), seq: numberAfterRestore(account.seq, atMs) };
      accounts.put(account.id, { ...account, ...next }, journal);
      const gaps = tables.leaps.get(account.id) ?? [];
      tables.leaps.put(account.id, [...gaps, { ...next, afterEpoch: account.epoch, afterSeq: account.seq }], journal);
      const wanted = restores.get(account.id)?.historyFromMs ?? madeAtMs;
      restores.put(account.id, { atMs, historyFromMs: Math.min(wanted, madeAtMs) }, journal);
    }
    counters.put('magic_base', numberAfterRestore(counters.get('magic_base') ?? 0, atMs), journal);
    for (const { id } of tenants.values())
      ledger.#tell(id, { kind: 'ledger.restored', subject: id, atMs, body: { numbersFrom: placeOfRestore(atMs) } }, journal);
    const reason = 'restored from a backup: what became of it since is not known';
    for (const row of signals.values()) {
      if (row.state !== 'PENDING' && row.state !== 'SENT') continue;
      signals.put(row.id, { ...row, state: 'UNKNOWN', reason, updatedAt: atMs }, journal);
      const body = { accountId: row.accountId, reason, instance: row.instance };
      ledger.#tell(row.tenantId, { kind: 'signal.unknown', subject: row.id, atMs, body }, journal);
    }
    return ledger;
  }

  migrate(): Promise<readonly string[]> {
    return this.#transaction('migrate', () => []);
  }

  async commit(ops: readonly LedgerOp[]): Promise<readonly OpResult[]> {
    const clean = copy(wellFormed(ops));
    return this.#transaction('commit', (journal) => clean.map((op) => copy(this.#applyAndTell(op, journal))));
  }

  claim(hello: HelloClaim): Promise<Claimed> {
    return this.#transaction('claim', (journal) => copy(this.#claim(wellFormedHello(hello), journal)));
  }

  async claimAll(hellos: readonly HelloClaim[]): Promise<readonly Claimed[]> {
    const clean = hellos.map(wellFormedHello);
    return this.#transaction('claim', (journal) => copy(clean.map((hello) => this.#claim(hello, journal))));
  }

  accounts(ids: readonly string[]): Promise<readonly AccountRow[]> {
    return this.#transaction('accounts', () =>
      [...new Set(ids)].sort().flatMap((id) => {
        const account = this.#tables.accounts.get(id);
        return account ? [copy(account)] : [];
      }),
    );
  }

  accountByKey(keyHash: string, atMs: number): Promise<AccountRow | undefined> {
    return this.#transaction('accountByKey', () => {
      const account = this.#tables.accounts.get(this.#tables.accountOfKey.get(keyHash) ?? '');
      return account !== undefined && keyValid(account, keyHash, atMs) ? copy(account) : undefined;
    });
  }

  changedAccounts(after?: number): Promise<{ readonly rows: readonly AccountRow[]; readonly newest: number }> {
    return this.#transaction('changedAccounts', () => {
      const { accounts, accountChanges } = this.#tables;
      const numbered = accounts.values().map((row) => ({ row, number: accountChanges.get(row.id) ?? 0 }));
      if (after === undefined) return { rows: [], newest: Math.max(0, ...numbered.map(({ number }) => number)) };
      const later = numbered.filter(({ number }) => number > after).sort((a, b) => a.number - b.number);
      const shown = later.slice(0, LIMITS.ledger.pageRows);
      return { rows: copy(shown.map(({ row }) => row)), newest: shown.at(-1)?.number ?? after };
    });
  }

  createTenant(tenant: NewTenant): Promise<'created' | 'exists'> {
    return this.#transaction('createTenant', (journal) => {
      if (this.#tables.tenants.has(tenant.id)) return 'exists';
      this.#tables.tenants.put(tenant.id, copy({ trading: {}, ...tenant, stopped: null }), journal);
      this.#tell(tenant.id, tenantCreated(tenant), journal);
      return 'created';
    });
  }

  updateTenant(id: string, change: TenantChange, atMs: number): Promise<TenantRow | undefined> {
    return this.#transaction('updateTenant', (journal) => {
      const tenant = this.#tables.tenants.get(id);
      if (tenant === undefined) return undefined;
      const changed = { ...tenant, ...copy(change) };
      this.#tables.tenants.put(id, changed, journal);
      this.#tell(id, tenantChanged(id, change, atMs), journal);
      return copy(changed);
    });
  }

  listTenants(): Promise<readonly TenantRow[]> {
    return this.#transaction('listTenants', () => copy(this.#tables.tenants.values()).sort((a, b) => inOrder([a.id], [b.id])));
  }

  createAccounts(accounts: readonly NewAccount[]): Promise<readonly AccountRow[]> {
    return this.#transaction('createAccounts', (journal) => {
      const stranger = accounts.find(({ tenantId }) => !this.#tables.tenants.has(tenantId));
      if (stranger !== undefined) throw new SuhoError('NOT_FOUND', `There is no tenant ${stranger.tenantId}.`);
      return accounts.map((account) => copy(this.#createAccount(account, journal)));
    });
  }

  setAccountMode(id: string, mode: AccountMode, atMs: number): Promise<AccountRow | undefined> {
    return this.#transaction('setAccountMode', (journal) => {
      const account = this.#tables.accounts.get(id);
      if (account === undefined) return undefined;
      this.#tables.accounts.put(id, { ...account, mode }, journal);
      this.#numberChange(id, journal);
      this.#tell(account.tenantId, accountModeChanged(id, mode, atMs), journal);
      return copy({ ...account, mode });
    });
  }

  setAccountTrading(id: string, trading: TradingOverrides, atMs: number): Promise<AccountRow | undefined> {
    return this.#transaction('setAccountTrading', (journal) => {
      const account = this.#tables.accounts.get(id);
      if (account === undefined) return undefined;
      const changed = { ...account, trading: copy(trading) };
      this.#tables.accounts.put(id, changed, journal);
      this.#numberChange(id, journal);
      this.#tell(account.tenantId, accountTradingChanged(id, trading, atMs), journal);
      return copy(changed);
    });
  }

  setAccountDisabled(id: string, disabled: Halt | null, atMs: number): Promise<AccountRow | undefined> {
    return this.#transaction('setAccountDisabled', (journal) => {
      const account = this.#tables.accounts.get(id);
      if (account === undefined) return undefined;
      if ((account.disabled === null) === (disabled === null)) return copy(account);
      const changed = { ...account, disabled: copy(disabled) };
      this.#tables.accounts.put(id, changed, journal);
      this.#numberChange(id, journal);
      this.#tell(account.tenantId, accountDisabledChanged(id, disabled, atMs), journal);
      return copy(changed);
    });
  }

  setAccountKey(id: string, change: KeyChange, atMs: number): Promise<AccountRow | KeyRefusal | undefined> {
    return this.#transaction('setAccountKey', (journal) => {
      const { accounts, accountOfKey } = this.#tables;
      const account = accounts.get(id);
      if (account === undefined) return undefined;
      const two = account.previousKeyHash !== null && atMs < (account.previousUntil ?? 0);
      if (change.kind === 'finished' && !two) return 'single';
      if (change.kind === 'finished' && account.keyUsedAt === null) return 'unused';
      if (change.kind === 'rotated' && change.previousUntil !== null && two) return 'overlapping';
      let changed: AccountRow = { ...account, previousKeyHash: null, previousUntil: null };
      if (change.kind !== 'finished')
        changed = { ...changed, keyHash: change.keyHash, keyUsedAt: null, keyRevoked: change.kind === 'revoked' };
      if (change.kind === 'revoked' || (change.kind === 'rotated' && change.previousUntil === null))
        changed = { ...changed, epoch: account.epoch + 1 };
      else if (change.kind === 'rotated' && !account.keyRevoked)
        changed = { ...changed, previousKeyHash: account.keyHash, previousUntil: change.previousUntil };
      accounts.put(id, changed, journal);
      accountOfKey.put(changed.keyHash, id, journal);
      this.#numberChange(id, journal);
      this.#tell(account.tenantId, accountKeyChanged(changed, change.kind, atMs), journal);
      return copy(changed);
    });
  }

  unbindAccount(id: string, atMs: number): Promise<AccountRow | 'held' | undefined> {
    return this.#transaction('unbindAccount', (journal) => {
      const account = this.#tables.accounts.get(id);
      if (account === undefined) return undefined;
      if (this.#openSignals(account).length > 0) return 'held';
      const changed = { ...account, login: null, server: null, currency: null, epoch: account.epoch + 1 };
      this.#tables.accounts.put(id, changed, journal);
      this.#numberChange(id, journal);
      this.#tell(account.tenantId, accountUnbound(account, atMs), journal);
      return copy(changed);
    });
  }

  #numberChange(id: string, journal: Journal): void {
    const { counters, accountChanges } = this.#tables;
    const number = (counters.get('account_change') ?? 0) + 1;
    counters.put('account_change', number, journal);
    accountChanges.put(id, number, journal);
  }

  addTokenKey(key: TokenKeyRow): Promise<void> {
    return this.#transaction('addTokenKey', (journal) => {
      if (!this.#tables.tokenKeys.has(key.id)) this.#tables.tokenKeys.put(key.id, copy(key), journal);
    });
  }

  endTokenKey(id: string, validUntilMs: number): Promise<void> {
    return this.#transaction('endTokenKey', (journal) => {
      const key = this.#tables.tokenKeys.get(id);
      if (key === undefined) return;
      this.#tables.tokenKeys.put(id, { ...key, validUntil: Math.min(key.validUntil, validUntilMs) }, journal);
    });
  }

  tokenKeys(sinceMs: number): Promise<readonly TokenKeyRow[]> {
    return this.#transaction('tokenKeys', () => {
      const valid = this.#tables.tokenKeys.values().filter(({ validUntil }) => validUntil > sinceMs);
      return copy(valid.sort((a, b) => inOrder([a.id], [b.id])));
    });
  }

  listAccounts({ tenantId, after }: { readonly tenantId?: string; readonly after?: string }): Promise<Page<AccountRow>> {
    const wanted = (account: AccountRow): boolean => tenantId === undefined || account.tenantId === tenantId;
    return this.#page('listAccounts', this.#tables.accounts, ['text'], (row) => [row.id], after, wanted);
  }

  listSignals(after?: string): Promise<Page<SignalRow>> {
    return this.#page('listSignals', this.#tables.signals, ['text', 'number'], (row) => [row.accountId, row.seq], after);
  }

  explained(signalId: string): Promise<ExplainedSignal | undefined> {
    return this.#transaction('explained', () => {
      const signal = this.#tables.signals.get(signalId);
      if (signal === undefined) return undefined;
      return copy({ signal, lineage: this.#tables.lineage.get(decisionKey(signal))?.body ?? null });
    });
  }

  listRefusals(after?: string): Promise<Page<RefusalRow>> {
    const key = ({ accountId, closeTime, strategy, symbol, timeframe, direction }: RefusalRow): Key => [
      accountId,
      closeTime,
      strategy,
      symbol,
      timeframe,
      direction,
    ];
    return this.#page('listRefusals', this.#tables.refusals, ['text', 'number', 'text', 'text', 'text', 'text'], key, after);
  }

  listExecutions(after?: string): Promise<Page<ExecutionRow>> {
    const key = (row: ExecutionRow): Key => [row.accountId, row.signalId, row.attempt, row.outcome];
    return this.#page('listExecutions', this.#tables.executions, ['text', 'text', 'number', 'text'], key, after);
  }

  listDeals(after?: string): Promise<Page<DealRow>> {
    return this.#page('listDeals', this.#tables.deals, ['text', 'text'], (row) => [row.accountId, BigInt(row.deal)], after);
  }

  listCommands(after?: string): Promise<Page<CommandRow>> {
    return this.#page('listCommands', this.#tables.commands, ['text', 'text'], (row) => [row.accountId, row.id], after);
  }

  command(accountId: string, commandId: string): Promise<CommandRow | undefined> {
    return this.#transaction('command', () => {
      const row = this.#tables.commands.get(keyOf(accountId, commandId));
      return row && copy(row);
    });
  }

  commandsOf(accountId: string): Promise<readonly CommandRow[]> {
    const newest = (): CommandRow[] => copy(this.#commandsOf(accountId).reverse().slice(0, LIMITS.ledger.pageRows));
    return this.#transaction('commandsOf', newest);
  }

  /** In the order in which they were made. */
  #commandsOf(accountId: string): CommandRow[] {
    const own = this.#tables.commands.values().filter((row) => row.accountId === accountId);
    return own.sort((a, b) => inOrder([a.createdAt, a.id], [b.createdAt, b.id]));
  }

  closedTrades(accountId: string, sinceMs: number): Promise<readonly ClosedTradeRows[]> {
    return this.#transaction('closedTrades', () => {
      const { signals, dealsOfSignal } = this.#tables;
      const closed = signals
        .values()
        .filter((row) => row.accountId === accountId && row.kind === 'OPEN' && row.state === 'CLOSED')
        .filter(({ updatedAt }) => updatedAt >= sinceMs)
        .sort((a, b) => a.seq - b.seq);
      const key = ({ brokerTime, deal }: DealRow): Key => [brokerTime, BigInt(deal)];
      return closed.map((signal) => {
        const deals = [...(dealsOfSignal.get(signal.id) ?? [])].sort((a, b) => inOrder(key(a), key(b)));
        return copy({ signal, deals });
      });
    });
  }

  storeHistory({ writer, rows }: HistoryBatch): Promise<void> {
    return this.#transaction('storeHistory', (journal) => {
      const { historyMarks } = this.#tables;
      for (const placed of rows) {
        const key = keyOf(placed.row.tenantId, writer);
        if (placed.place <= (historyMarks.get(key) ?? 0)) continue;
        this.#keepHistory(placed, journal);
        historyMarks.put(key, placed.place, journal);
      }
    });
  }

  #keepHistory(placed: PlacedRow, journal: Journal): void {
    const { accounts, tenants, balances, riskEvents, usage } = this.#tables;
    const { tenantId } = placed.row;
    const owner = 'accountId' in placed.row ? accounts.get(placed.row.accountId)?.tenantId : tenants.get(tenantId)?.id;
    if (owner !== tenantId)
      throw new SuhoError('INPUT_INVALID', `The ledger refuses rows of history: ${tenantId} has no such account.`);
    if (placed.table === 'balances') balances.put(String(balances.size), copy(placed.row), journal);
    else if (placed.table === 'riskEvents') {
      if (!riskEvents.has(placed.row.id)) riskEvents.put(placed.row.id, copy(placed.row), journal);
    } else {
      const { hourMs, what, amount } = placed.row;
      if (amount < 0) throw new SuhoError('INPUT_INVALID', 'The ledger refuses rows of history: an amount is below 0.');
      const key = keyOf(tenantId, hourMs, what);
      usage.put(key, { tenantId, hourMs, what, amount: amount + (usage.get(key)?.amount ?? 0) }, journal);
    }
  }

  async newestBalances(accountIds: readonly string[]): Promise<readonly BalanceRow[]> {
    return this.#transaction('newestBalances', () =>
      accountIds.flatMap((id) => {
        const newest = this.#balancesOf(id).at(-1);
        return newest === undefined ? [] : [copy(newest)];
      }),
    );
  }

  balancesOf(accountId: string, fromMs: number, toMs: number): Promise<readonly BalanceRow[]> {
    return this.#transaction('balancesOf', () => {
      const rows = this.#balancesOf(accountId).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
      return copy(rows.slice(0, LIMITS.ledger.pageRows));
    });
  }

  #balancesOf(accountId: string): readonly BalanceRow[] {
    const rows = this.#tables.balances.values().filter((row) => row.accountId === accountId);
    return rows.sort((a, b) => a.atMs - b.atMs);
  }

  presence(accountIds: readonly string[]): Promise<readonly PresenceRow[]> {
    return this.#transaction('presence', () =>
      [...new Set(accountIds)].sort().flatMap((id) => {
        const account = this.#tables.accounts.get(id);
        const session = account === undefined ? undefined : this.#newestSession(account);
        if (account === undefined || session === undefined) return [];
        const isPresence = (kind: string): boolean => PRESENCE_EVENTS.some((each) => each === kind);
        const events = this.#tables.riskEvents.values().filter((row) => row.accountId === id && isPresence(row.kind));
        const newest = events.sort((a, b) => a.atMs - b.atMs).at(-1);
        const row: PresenceRow = {
          accountId: id,
          tenantId: account.tenantId,
          epoch: account.epoch,
          sessionEpoch: session.epoch,
          claimedAt: session.atMs,
          toldAt: this.#balancesOf(id).at(-1)?.atMs ?? null,
          event: (newest?.kind as PresenceEvent | undefined) ?? null,
          eventAt: newest?.atMs ?? null,
        };
        return [row];
      }),
    );
  }

  #newestSession({ id, epoch: newest }: AccountRow): { readonly epoch: number; readonly atMs: number } | undefined {
    for (let epoch = newest; epoch > 0; epoch -= 1) {
      const session = this.#tables.sessions.get(keyOf(id, epoch));
      if (session !== undefined) return { epoch, atMs: session.atMs };
    }
    return undefined;
  }

  listRiskEvents(after?: string): Promise<Page<RiskEventRow>> {
    return this.#page('listRiskEvents', this.#tables.riskEvents, ['text'], (row) => [row.id], after);
  }

  usageSince(tenantIds: readonly string[], fromMs: number): Promise<readonly UsageRow[]> {
    const keyOfRow = ({ tenantId, hourMs, what }: UsageRow): string => `${tenantId} ${String(hourMs).padStart(16, '0')} ${what}`;
    return this.#transaction('usageSince', () => {
      const rows = this.#tables.usage.values().filter((row) => tenantIds.includes(row.tenantId) && row.hourMs >= fromMs);
      return copy(rows.sort((a, b) => (keyOfRow(a) < keyOfRow(b) ? -1 : 1)));
    });
  }

  listUsage(after?: string): Promise<Page<UsageRow>> {
    const key = ({ tenantId, hourMs, what }: UsageRow): Key => [tenantId, hourMs, what];
    return this.#page('listUsage', this.#tables.usage, ['text', 'number', 'text'], key, after);
  }

  addOwnModel({ graph, ...model }: NewOwnModel, most: number): Promise<OwnModelAdded> {
    return this.#transaction('addOwnModel', (journal): OwnModelAdded => {
      const { tenantId, name } = model;
      if (!this.#tables.tenants.has(tenantId)) throw new SuhoError('NOT_FOUND', `There is no tenant ${tenantId}.`);
      const own = this.#ownModels(tenantId);
      const active = own.filter((row) => row.active);
      const before = active.find((row) => row.name === name);
      if (before !== undefined && before.sha256 === model.sha256) return { kind: 'same', row: copy(before) };
      if (active.filter((row) => row.name !== name).length >= most) return { kind: 'full' };
      if (before !== undefined) this.#retire(before, journal);
      const version = own.filter((row) => row.name === name).length + 1;
      const row: OwnModelRow = { ...copy(model), version, active: true };
      this.#tables.ownModels.put(keyOf(tenantId, name, version), { row, graph: graph.slice() }, journal);
      this.#tell(tenantId, modelAdded(row), journal);
      return { kind: 'added', row: copy(row) };
    });
  }

  removeOwnModel(tenantId: string, name: string, atMs: number): Promise<OwnModelRow | undefined> {
    return this.#transaction('removeOwnModel', (journal) => {
      const row = this.#ownModels(tenantId).find((model) => model.name === name && model.active);
      if (row === undefined) return undefined;
      const retired = this.#retire(row, journal);
      this.#tell(tenantId, modelRemoved(retired, atMs), journal);
      return copy(retired);
    });
  }

  activeOwnModels(tenantId: string): Promise<readonly OwnModelRow[]> {
    return this.#transaction('activeOwnModels', () => copy(this.#ownModels(tenantId).filter(({ active }) => active)));
  }

  ownModelGraph(tenantId: string, name: string, version: number): Promise<Uint8Array | undefined> {
    return this.#transaction('ownModelGraph', () => {
      const held = this.#tables.ownModels.get(keyOf(tenantId, name, version));
      return held?.row.active === true ? held.graph?.slice() : undefined;
    });
  }

  async listOwnModels(after?: string): Promise<Page<OwnModelRow>> {
    const key = ({ row: { tenantId, name, version } }: { readonly row: OwnModelRow }): Key => [tenantId, name, version];
    const page = await this.#page('listOwnModels', this.#tables.ownModels, ['text', 'text', 'number'], key, after);
    return { ...page, rows: page.rows.map(({ row }) => row) };
  }

  /** By name and version. */
  #ownModels(tenantId: string): readonly OwnModelRow[] {
    const rows = this.#tables.ownModels.values().map(({ row }) => row);
    return rows.filter((row) => row.tenantId === tenantId).sort((a, b) => inOrder([a.name, a.version], [b.name, b.version]));
  }

  #retire(row: OwnModelRow, journal: Journal): OwnModelRow {
    const retired = { ...row, active: false };
    this.#tables.ownModels.put(keyOf(row.tenantId, row.name, row.version), { row: retired, graph: undefined }, journal);
    return retired;
  }

  async anchorAudit(atMs: number): Promise<number> {
    return this.#transaction('anchorAudit', (journal) => {
      const { tenants, auditHeads, auditAnchors, newestAnchor } = this.#tables;
      let anchored = 0;
      for (const { id } of tenants.values()) {
        const moved = auditHeads.values().filter(({ tenantId, seq, anchoredSeq }) => tenantId === id && seq > anchoredSeq);
        const anchor = nextAnchor(id, atMs, newestAnchor.get(id), moved);
        if (anchor === undefined) continue;
        auditAnchors.put(keyOf(id, anchor.seq), anchor, journal);
        newestAnchor.put(id, anchor, journal);
        for (const head of moved) auditHeads.put(keyOf(id, head.writer), { ...head, anchoredSeq: head.seq }, journal);
        anchored += 1;
      }
      return anchored;
    });
  }

  listAudit(after?: string): Promise<Page<AuditEntry>> {
    const key = ({ tenantId, writer, seq }: AuditEntry): Key => [tenantId, writer, seq];
    return this.#page('listAudit', this.#tables.audit, ['text', 'number', 'number'], key, after);
  }

  async listAuditHeads(after?: string): Promise<Page<AuditHead>> {
    const key = ({ tenantId, writer }: AuditHead): Key => [tenantId, writer];
    const page = await this.#page('listAuditHeads', this.#tables.auditHeads, ['text', 'number'], key, after);
    return { ...page, rows: page.rows.map(({ anchoredSeq: _, ...head }) => head) };
  }

  listAuditAnchors(after?: string): Promise<Page<AuditAnchor>> {
    const key = ({ tenantId, seq }: AuditAnchor): Key => [tenantId, seq];
    return this.#page('listAuditAnchors', this.#tables.auditAnchors, ['text', 'number'], key, after);
  }

  ping(): Promise<void> {
    return this.#transaction('ping', () => {});
  }

  async close(): Promise<void> {
    this.#gone ??= 'it is closed';
  }

  /** Waits as told, applies in one turn, and either all of it stands or nothing does. */
  async #transaction<T>(call: Call, work: (journal: Journal) => T): Promise<T> {
    try {
      await this.#hooks.before?.(call);
      this.#mustLive();
      const journal = new Journal((rows) => {
        this.#hooks.written?.(rows);
        this.#mustLive();
      });
      let result: T;
      try {
        result = work(journal);
      } catch (error) {
        journal.takeBack();
        throw error;
      }
      await this.#hooks.after?.(call);
      if (this.#gone === 'it has crashed') this.#mustLive();
      return result;
    } catch (error) {
      if (error instanceof SuhoError) throw error;
      throw new SuhoError('LEDGER_FAILED', `The ledger could not store a transaction: ${sentence(error)}.`, { cause: error });
    }
  }

  #mustLive(): void {
    if (this.#gone !== undefined) throw new SuhoError('LEDGER_FAILED', `The ledger does not answer: ${this.#gone}.`);
  }

  #applyAndTell(op: LedgerOp, journal: Journal): OpResult {
    const result = this.#apply(op, journal);
    const event = eventOf(op, result);
    const account = this.#tables.accounts.get(op.accountId);
    if (event !== undefined && account !== undefined) this.#tell(account.tenantId, event, journal);
    return result;
  }

  #tell(tenantId: string, event: AuditEvent, journal: Journal): void {
    this.#hooks.told?.();
    const { audit, auditHeads } = this.#tables;
    const key = keyOf(tenantId, this.#writer);
    const before = auditHeads.get(key) ?? { ...emptyChain(tenantId, this.#writer), anchoredSeq: 0 };
    const { entries, head } = link(before, [event]);
    for (const entry of entries) audit.put(keyOf(tenantId, entry.writer, entry.seq), entry, journal);
    auditHeads.put(key, { ...before, ...head }, journal);
  }

  #apply(op: LedgerOp, journal: Journal): OpResult {
    const account = this.#tables.accounts.get(op.accountId);
    if (account === undefined || account.epoch !== op.epoch) return { kind: 'fenced' };
    switch (op.kind) {
      case 'raise':
        return this.#raise(account, op, journal);
      case 'refuse':
        return this.#refuse(account, op, journal);
      case 'transition':
        return this.#transition(op, journal);
      case 'result':
        return this.#result(account, op, journal);
      case 'deal':
        return this.#deal(account, op, journal);
      case 'history-told':
        return this.#historyTold(op, journal);
      case 'symbols':
        return this.#describe(op, journal);
      default:
        return this.#commandOp(account, op, journal);
    }
  }

  #raise(account: AccountRow, { signal, lineage: body }: Op<'raise'>, journal: Journal): OpResult {
    const { signals, signalOfKey, signalOfSeq, accounts, lineage } = this.#tables;
    const known = signals.get(signalOfKey.get(signalKey(signal)) ?? signal.id);
    if (known !== undefined) return known.accountId === account.id ? { kind: 'exists', row: known } : { kind: 'exists' };
    const seq = account.seq + 1;
    const unfilled = { reason: null, filledVolume: 0, remainingVolume: 0, fillPrice: 0 };
    const row: SignalRow = { ...signal, ...unfilled, tenantId: account.tenantId, seq, updatedAt: signal.createdAt };
    accounts.put(account.id, { ...account, seq }, journal);
    signals.put(row.id, row, journal);
    signalOfKey.put(signalKey(row), row.id, journal);
    signalOfSeq.put(keyOf(account.id, seq), row.id, journal);
    if (body !== undefined && !lineage.has(decisionKey(row))) lineage.put(decisionKey(row), { body }, journal);
    return { kind: 'raised', row };
  }

  #refuse(account: AccountRow, { refusal }: Op<'refuse'>, journal: Journal): OpResult {
    const { accountId, closeTime, strategy, symbol, timeframe, direction } = refusal;
    const key = keyOf(accountId, closeTime, strategy, symbol, timeframe, direction);
    if (this.#tables.refusals.has(key)) return { kind: 'exists' };
    this.#tables.refusals.put(key, { ...refusal, tenantId: account.tenantId }, journal);
    return { kind: 'stored' };
  }

  #transition(op: Op<'transition'>, journal: Journal): OpResult {
    const signal = this.#signalOf(op.accountId, op.signalId);
    if (signal === undefined) return { kind: 'missing' };
    if (!op.from.includes(signal.state) || !mayFollow(signal.state, op.to)) return { kind: 'unmoved', state: signal.state };
    const moved = { ...signal, state: op.to, reason: op.reason, updatedAt: op.atMs };
    const sent = op.to === 'SENT' && op.instance !== undefined ? { instance: op.instance } : {};
    this.#tables.signals.put(signal.id, { ...moved, ...sent }, journal);
    return { kind: 'moved', state: op.to };
  }

  #result(account: AccountRow, { execution, atMs }: Op<'result'>, journal: Journal): OpResult {
    const key = keyOf(account.id, execution.signalId, execution.attempt, execution.outcome);
    if (this.#tables.executions.has(key)) return { kind: 'exists' };
    const signal = this.#signalOf(account.id, execution.signalId);
    if (signal === undefined) return { kind: 'missing' };
    this.#tables.executions.put(key, { ...execution, tenantId: account.tenantId }, journal);
    if (!mayFollow(signal.state, execution.outcome)) return { kind: 'stored', state: signal.state };
    const moved: SignalRow = { ...signal, state: execution.outcome, reason: execution.sentence || null, updatedAt: atMs };
    const filled =
      execution.outcome === 'EXECUTED'
        ? {
            filledVolume: execution.filledVolume,
            fillPrice: execution.price,
            position: signal.kind === 'OPEN' ? execution.position : signal.position,
          }
        : {};
    return { kind: 'stored', state: this.#settle({ ...moved, ...filled }, journal) };
  }

  #deal(account: AccountRow, { deal, atMs }: Op<'deal'>, journal: Journal): OpResult {
    const { deals, dealsOfSignal, newestDeal } = this.#tables;
    const key = keyOf(account.id, deal.deal);
    if (deals.has(key)) return { kind: 'exists' };
    const signal = deal.signalId === null ? undefined : this.#signalOf(account.id, deal.signalId);
    if (deal.signalId !== null && signal === undefined) return { kind: 'missing' };
    const row = { ...deal, tenantId: account.tenantId };
    deals.put(key, row, journal);
    if (BigInt(newestDeal.get(account.id) ?? -1) < BigInt(deal.deal)) newestDeal.put(account.id, deal.deal, journal);
    if (signal === undefined) return { kind: 'stored' };
    dealsOfSignal.put(signal.id, [...(dealsOfSignal.get(signal.id) ?? []), row], journal);
    return { kind: 'stored', state: this.#settle({ ...signal, updatedAt: atMs }, journal) };
  }

  /** Sums up the signal's deals, closes it where they say so, and stores it. */
  #settle(signal: SignalRow, journal: Journal): SignalState {
    const deals = this.#tables.dealsOfSignal.get(signal.id) ?? [];
    const sum = (...entries: readonly DealRow['entry'][]): number =>
      deals.filter(({ entry }) => entries.includes(entry)).reduce((total, { volume }) => total + units(volume), 0);
    const opened = sum('IN');
    const closed = sum('OUT', 'OUT_BY');
    const state = signal.state === 'EXECUTED' && closed > 0 && opened === closed ? 'CLOSED' : signal.state;
    this.#tables.signals.put(signal.id, { ...signal, state, remainingVolume: Math.max(0, opened - closed) / 1e8 }, journal);
    return state;
  }

  #historyTold(op: Op<'history-told'>, journal: Journal): OpResult {
    const restored = this.#tables.restores.get(op.accountId);
    if (restored !== undefined) this.#tables.restores.put(op.accountId, { ...restored, historyFromMs: null }, journal);
    return { kind: 'stored' };
  }

  #describe(op: Op<'symbols'>, journal: Journal): OpResult {
    const rows = [...(this.#tables.symbols.get(op.accountId) ?? [])];
    const told = new Set<number>();
    for (const symbol of op.symbols) {
      const known = rows.findIndex(({ brokerName }) => brokerName === symbol.brokerName);
      const at = known < 0 ? rows.length : known;
      const { brokerName, symbol: canonical, details } = symbol;
      rows[at] = { accountId: op.accountId, symbolId: at + 1, brokerName, symbol: canonical, details };
      told.add(at);
    }
    this.#tables.symbols.put(op.accountId, rows, journal);
    return { kind: 'symbols', rows: [...told].map((at) => rows[at] as AccountSymbolRow) };
  }

  #commandOp(account: AccountRow, op: CommandOp, journal: Journal): OpResult {
    const { commands, commandOfCause } = this.#tables;
    const put = (row: CommandRow): void => commands.put(keyOf(account.id, row.id), row, journal);
    if (op.kind === 'command') {
      const { command } = op;
      const cause = keyOf(account.id, command.cause);
      const known = commands.get(keyOf(account.id, commandOfCause.get(cause) ?? command.id));
      if (known !== undefined) return { kind: 'exists', command: known };
      const row = { ...command, tenantId: account.tenantId, said: null, results: [], updatedAt: command.createdAt };
      put(row);
      commandOfCause.put(cause, row.id, journal);
      return { kind: 'commanded', command: row };
    }
    const before = commands.get(keyOf(account.id, op.commandId));
    if (before === undefined) return { kind: 'missing' };
    if (op.kind === 'command-transition') {
      if (!op.from.includes(before.state) || !mayFollow(before.state, op.to)) return { kind: 'unmoved', state: before.state };
      const sent = op.to === 'SENT' && op.instance !== undefined ? { instance: op.instance } : {};
      put({ ...before, state: op.to, said: op.said, updatedAt: op.atMs, ...sent });
      return { kind: 'moved', state: op.to };
    }
    const { outcome, attempt, sentence: said } = op.result;
    const decides = mayFollow(before.state, outcome);
    const heard = before.results.some((one) => one.outcome === outcome && one.attempt === attempt);
    if (heard || (before.results.length >= LIMITS.command.results && !decides)) return { kind: 'exists' };
    const ended = decides ? { state: outcome, said: said === '' ? null : said } : {};
    const after = { ...before, results: [...before.results, op.result], updatedAt: op.atMs, ...ended };
    put(after);
    return { kind: 'stored', state: after.state };
  }

  #openCommands(account: AccountRow, open: readonly SignalRow[]): CommandRow[] {
    const opening = new Set(open.filter(({ kind }) => kind === 'OPEN').map(({ id }) => id));
    const callsBack = ({ action, signalId }: CommandRow): boolean => action === 'CANCEL_SIGNAL' && opening.has(signalId ?? '');
    return this.#commandsOf(account.id).filter((row) => isUndecided(row.state) || callsBack(row));
  }

  #signalOf(accountId: string, signalId: string): SignalRow | undefined {
    const signal = this.#tables.signals.get(signalId);
    return signal?.accountId === accountId ? signal : undefined;
  }

  #claim(hello: HelloClaim, journal: Journal): Claimed {
    const { accounts, sessions, symbols, newestDeal } = this.#tables;
    const account = accounts.get(hello.accountId);
    if (account === undefined) return { kind: 'missing' };
    if (hello.keyHash !== undefined && !keyValid(account, hello.keyHash, hello.atMs)) return { kind: 'missing' };
    const { login, server, currency } = account;
    if (login !== null && server !== null && currency !== null) {
      if (login !== hello.login || server !== hello.server || currency !== hello.currency)
        return { kind: 'bound', login, server, currency };
    }
    const epoch = account.epoch + 1;
    const bound = { login: hello.login, server: hello.server, currency: hello.currency };
    const keyUsedAt = account.keyUsedAt === null && hello.keyHash === account.keyHash ? hello.atMs : account.keyUsedAt;
    const taken: AccountRow = { ...account, ...bound, epoch, instance: hello.instance, keyUsedAt };
    accounts.put(account.id, taken, journal);
    sessions.put(keyOf(account.id, epoch), copy(hello), journal);
    this.#tell(account.tenantId, accountClaimed(taken, hello.atMs), journal);
    const open = this.#openSignals(taken);
    return {
      kind: 'claimed',
      account: taken,
      open,
      commands: this.#openCommands(taken, open),
      symbols: symbols.get(account.id) ?? [],
      lastDeal: newestDeal.get(account.id) ?? null,
      takeovers: this.#takeovers(taken, hello.atMs),
      restored: this.#tables.restores.get(account.id) ?? null,
      opened: this.#openedToday(taken, hello.atMs),
      ...this.#madeAndCharged(taken, hello.atMs),
    };
  }

  #openedToday(account: AccountRow, atMs: number): { readonly fromMs: number; readonly count: number } {
    const fromMs = spanStart(atMs, DAY_MS);
    const opened = this.#signalsOf(account).filter(({ kind, createdAt }) => kind === 'OPEN' && createdAt >= fromMs);
    return { fromMs, count: opened.length };
  }

  #madeAndCharged(account: AccountRow, atMs: number): { readonly booked: BookedDay[]; readonly charged: ChargedLots[] } {
    const dayBegan = spanStart(atMs, DAY_MS);
    const deals = this.#tables.deals.values().filter(({ accountId }) => accountId === account.id);
    const nets = new Map<number, number>();
    for (const { brokerTime, profit, commission, swap } of deals) {
      if (brokerTime < dayBegan - BOOKED_DAYS * DAY_MS) continue;
      const day = Math.floor(brokerTime / DAY_MS);
      nets.set(day, (nets.get(day) ?? 0) + profit + commission + swap);
    }
    const charged = new Map<string, ChargedLots>();
    for (const { brokerTime, symbol, entry, volume, commission, signalId } of deals) {
      if (brokerTime < dayBegan - CHARGED_DAYS * DAY_MS || signalId === null || entry === 'INOUT') continue;
      const opening = entry === 'IN';
      const before = charged.get(keyOf(symbol, Number(opening)));
      const [lots, taken] = [(before?.lots ?? 0) + volume, (before?.commission ?? 0) + commission];
      charged.set(keyOf(symbol, Number(opening)), { symbol, opening, lots, commission: taken });
    }
    const lots = [...charged.values()].map((row) => ({ ...row, lots: exact(row.lots), commission: exact(row.commission) }));
    const sorted = <T>(rows: Iterable<T>, key: (row: T) => Key): T[] => [...rows].sort((a, b) => inOrder(key(a), key(b)));
    return {
      booked: sorted(
        [...nets].map(([day, net]) => ({ day, net: exact(net) })),
        ({ day }) => [day],
      ),
      charged: sorted(lots, ({ symbol, opening }) => [symbol, Number(opening)]),
    };
  }

  #openSignals(account: AccountRow): SignalRow[] {
    return this.#signalsOf(account).filter(({ state, kind }) => isUndecided(state) || (state === 'EXECUTED' && kind === 'OPEN'));
  }

  #signalsOf(account: AccountRow): SignalRow[] {
    const rows: SignalRow[] = [];
    for (let seq = 1; seq <= account.seq; seq++) {
      const row = this.#tables.signals.get(this.#tables.signalOfSeq.get(keyOf(account.id, seq)) ?? '');
      if (row !== undefined) rows.push(row);
      // Only a restore leaves numbers out.
      else seq = this.#leapsOf(account).find(({ afterSeq }) => afterSeq === seq - 1)?.seq ?? seq;
    }
    return rows;
  }

  #leapsOf({ id }: AccountRow): readonly Leap[] {
    return this.#tables.leaps.get(id) ?? [];
  }

  #takeovers(account: AccountRow, atMs: number): number {
    let count = 0;
    let earlier: HelloClaim | undefined;
    const { sessions } = this.#tables;
    for (let epoch = 1; epoch <= account.epoch; epoch++) {
      const session = sessions.get(keyOf(account.id, epoch));
      // An epoch without a session: the key was changed, or the ledger restored.
      if (session === undefined) {
        epoch = this.#leapsOf(account).find(({ afterEpoch }) => afterEpoch === epoch - 1)?.epoch ?? epoch;
        continue;
      }
      const inWindow = session.atMs > atMs - LIMITS.session.takeoverWindowMs;
      if (inWindow && earlier !== undefined && session.instance !== earlier.instance) count += 1;
      earlier = session;
    }
    return count;
  }

  #createAccount(account: NewAccount, journal: Journal): AccountRow {
    const { accounts, accountOfKey, counters } = this.#tables;
    if (accounts.has(account.id) || accountOfKey.has(account.keyHash)) {
      throw new SuhoError('CONFLICT', 'An account with one of these ids or keys exists already; none was created.');
    }
    const magicBase = (counters.get('magic_base') ?? 0) + 1;
    counters.put('magic_base', magicBase, journal);
    const unclaimed = {
      seq: 0,
      epoch: 0,
      login: null,
      server: null,
      currency: null,
      instance: null,
      trading: {},
      disabled: null,
    };
    const oneKey = { previousKeyHash: null, previousUntil: null, keyUsedAt: null, keyRevoked: false };
    const row: AccountRow = { ...copy(account), ...unclaimed, ...oneKey, magicBase };
    accounts.put(row.id, row, journal);
    accountOfKey.put(row.keyHash, row.id, journal);
    this.#tell(row.tenantId, accountCreated(account, magicBase), journal);
    return row;
  }

  #page<Row>(
    call: Call,
    table: Table<Row>,
    like: readonly ('text' | 'number')[],
    key: (row: Row) => Key,
    after: string | undefined,
    wanted: (row: Row) => boolean = () => true,
  ): Promise<Page<Row>> {
    return this.#transaction(call, () => {
      const rows = table
        .values()
        .filter(wanted)
        .sort((a, b) => inOrder(key(a), key(b)));
      const isBig = rows[0] !== undefined && key(rows[0]).some((part) => typeof part === 'bigint');
      const seen = after === undefined ? undefined : decodeCursor(after, like);
      const start = seen?.map((part, at) => (isBig && at === seen.length - 1 ? BigInt(part) : part));
      const following = start === undefined ? rows : rows.filter((row) => inOrder(key(row), start) > 0);
      const shown = following.slice(0, LIMITS.ledger.pageRows);
      const last = shown.at(-1);
      if (following.length === shown.length || last === undefined) return { rows: copy(shown) };
      const next = encodeCursor(key(last).map((part) => (typeof part === 'bigint' ? String(part) : part)));
      return { rows: copy(shown), next };
    });
  }
}
