/**
 * The ledger's in-memory twin, for simulation and fast tests: what a transaction wrote is there once it has committed, a
 * crash in the middle of one leaves nothing of it, and a crash loses what had not committed. It shares no decision with the
 * SQL ledger: it does one operation after the other in the plainest way, and one contract suite compares the two.
 * Each call is one transaction here; what it does to the rows stands in `memory/`.
 */
import type { Halt } from '../../accounts/halt.js';
import type { TradingOverrides } from '../../accounts/trading-settings.js';
import type { AuditAnchor, AuditEntry, AuditEvent, AuditHead, OperatorAction } from '../audit/audit.js';
import type { AccessStore, ByWhom, NewSignIn, NewUser, Refreshed, SignInRow, UserChange, UserRow } from './access.js';
import type { NewAccount, TenantChange } from './catalogue.js';
import type { CommandRow } from './commands.js';
import type { BalanceRow, HistoryBatch, PresenceRow, RiskEventRow, UsageRow } from './history.js';
import type {
  AccountMode,
  AccountRow,
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
  StandingStop,
  TenantRow,
  TokenKeyRow,
} from './ledger.js';
import {
  type AccessTransaction,
  addUser,
  changeUser,
  endSignIn,
  markSecondFactor,
  openSignIn,
  refreshSignIn,
  takeFactor,
  userNow,
} from './memory/memory-access.js';
import { systemClock } from '../../runtime/clock.js';
import { MemoryAudit } from './memory/memory-audit.js';
import { MemoryCatalogue } from './memory/memory-catalogue.js';
import { MemoryClaims } from './memory/memory-claims.js';
import { MemoryCommands } from './memory/memory-commands.js';
import { MemoryCommit } from './memory/memory-commit.js';
import { MemoryHistory } from './memory/memory-history.js';
import { MemoryOwnModels } from './memory/memory-own-models.js';
import { LISTINGS, pageOf } from './memory/memory-pages.js';
import { MemoryReads } from './memory/memory-reads.js';
import { makeSafe, type RestoreTimes } from './memory/memory-restore.js';
import { MemorySignals } from './memory/memory-signals.js';
import { MemoryTables } from './memory/memory-tables.js';
import { type MemoryLedgerHooks, MemoryTransactions } from './memory/memory-transactions.js';
import { copy } from './memory/row-keys.js';
import { wellFormed, wellFormedHello } from './op-shape.js';
import type { NewOwnModel, OwnModelAdded, OwnModelRow } from './own-models.js';
import { numberAfterRestore } from './restored-number.js';

export class MemoryLedger implements Ledger {
  readonly #tables: MemoryTables;
  readonly #transactions: MemoryTransactions;
  readonly #audit: MemoryAudit;
  readonly #signals: MemorySignals;
  readonly #commands: MemoryCommands;
  readonly #commit: MemoryCommit;
  readonly #claims: MemoryClaims;
  readonly #catalogue: MemoryCatalogue;
  readonly #history: MemoryHistory;
  readonly #ownModels: MemoryOwnModels;
  readonly reads: MemoryReads;

  constructor(hooks: MemoryLedgerHooks = {}, tables: MemoryTables = new MemoryTables()) {
    this.#tables = tables;
    this.#transactions = new MemoryTransactions(hooks);
    this.#audit = new MemoryAudit(tables, () => hooks.told?.());
    this.#signals = new MemorySignals(tables);
    this.#commands = new MemoryCommands(tables);
    const parts = { signals: this.#signals, commands: this.#commands, audit: this.#audit };
    this.#commit = new MemoryCommit(tables, parts);
    this.#claims = new MemoryClaims(tables, parts);
    this.#catalogue = new MemoryCatalogue(tables, this.#signals, this.#audit);
    this.#history = new MemoryHistory(tables);
    this.#ownModels = new MemoryOwnModels(tables, this.#audit);
    this.reads = new MemoryReads(tables, () => this.#transactions.mustLive());
  }

  /** The process dies: calls under way never commit, or were durable and go unanswered; later ones fail. */
  crash(): void {
    this.#transactions.crash();
  }

  /** What a new process finds: all that was committed. */
  reopen(hooks: MemoryLedgerHooks = this.#transactions.hooks): MemoryLedger {
    this.crash();
    return new MemoryLedger(hooks, this.#tables);
  }

  /** All that is committed, as a backup holds it. */
  backup(): MemoryTables {
    return this.#tables.copy();
  }

  /** A backup put in the ledger's place: what `suho restore` does, on rows in memory. */
  static restored(backup: MemoryTables, times: RestoreTimes, hooks: MemoryLedgerHooks = {}): MemoryLedger {
    const tables = backup.copy();
    tables.auditWriters = numberAfterRestore(tables.auditWriters, times.atMs);
    const ledger = new MemoryLedger(hooks, tables);
    makeSafe(tables, ledger.#audit, times);
    return ledger;
  }

  migrate(): Promise<readonly string[]> {
    return this.#transactions.run('migrate', () => []);
  }

  async commit(ops: readonly LedgerOp[]): Promise<readonly OpResult[]> {
    const clean = copy(wellFormed(ops));
    return this.#transactions.run('commit', (journal) => clean.map((op) => copy(this.#commit.apply(op, journal))));
  }

  claim(hello: HelloClaim): Promise<Claimed> {
    return this.#transactions.run('claim', (journal) => copy(this.#claims.claim(wellFormedHello(hello), journal)));
  }

  async claimAll(hellos: readonly HelloClaim[]): Promise<readonly Claimed[]> {
    const clean = hellos.map(wellFormedHello);
    return this.#transactions.run('claim', (journal) => copy(clean.map((hello) => this.#claims.claim(hello, journal))));
  }

  accounts(ids: readonly string[]): Promise<readonly AccountRow[]> {
    return this.#transactions.run('accounts', () => this.#catalogue.accounts(ids));
  }

  accountByKey(keyHash: string, atMs: number): Promise<AccountRow | undefined> {
    return this.#transactions.run('accountByKey', () => this.#catalogue.accountByKey(keyHash, atMs));
  }

  changedAccounts(after?: number): Promise<{ readonly rows: readonly AccountRow[]; readonly newest: number }> {
    return this.#transactions.run('changedAccounts', () => this.#catalogue.changedAccounts(after));
  }

  createTenant(tenant: NewTenant): Promise<'created' | 'exists'> {
    return this.#transactions.run('createTenant', (journal) => this.#catalogue.createTenant(tenant, journal));
  }

  updateTenant(id: string, change: TenantChange, atMs: number): Promise<TenantRow | undefined> {
    return this.#transactions.run('updateTenant', (journal) => this.#catalogue.updateTenant(id, change, atMs, journal));
  }

  changedTenants(after?: number): Promise<{ readonly rows: readonly TenantRow[]; readonly newest: number }> {
    return this.#transactions.run('changedTenants', () => this.#catalogue.changedTenants(after));
  }

  emergencyStop(): Promise<StandingStop> {
    return this.#transactions.run('emergencyStop', () => this.#catalogue.emergencyStop());
  }

  setEmergencyStop(stopped: Halt | null, after: number): Promise<StandingStop> {
    return this.#transactions.run('setEmergencyStop', (journal) => this.#catalogue.setEmergencyStop(stopped, after, journal));
  }

  listTenants(): Promise<readonly TenantRow[]> {
    return this.#transactions.run('listTenants', () => this.#catalogue.tenants());
  }

  createAccounts(accounts: readonly NewAccount[]): Promise<readonly AccountRow[]> {
    return this.#transactions.run('createAccounts', (journal) => this.#catalogue.createAccounts(accounts, journal));
  }

  setAccountMode(id: string, mode: AccountMode, atMs: number): Promise<AccountRow | undefined> {
    return this.#transactions.run('setAccountMode', (journal) => this.#catalogue.setAccountMode(id, mode, atMs, journal));
  }

  setAccountTrading(id: string, trading: TradingOverrides, atMs: number): Promise<AccountRow | undefined> {
    return this.#transactions.run('setAccountTrading', (journal) =>
      this.#catalogue.setAccountTrading(id, trading, atMs, journal),
    );
  }

  setAccountDisabled(id: string, disabled: Halt | null, atMs: number): Promise<AccountRow | undefined> {
    return this.#transactions.run('setAccountDisabled', (journal) =>
      this.#catalogue.setAccountDisabled(id, disabled, atMs, journal),
    );
  }

  setAccountKey(id: string, change: KeyChange, atMs: number): Promise<AccountRow | KeyRefusal | undefined> {
    return this.#transactions.run('setAccountKey', (journal) => this.#catalogue.setAccountKey(id, change, atMs, journal));
  }

  unbindAccount(id: string, atMs: number): Promise<AccountRow | 'held' | undefined> {
    return this.#transactions.run('unbindAccount', (journal) => this.#catalogue.unbindAccount(id, atMs, journal));
  }

  listAccounts({ tenantId, after }: { readonly tenantId?: string; readonly after?: string }): Promise<Page<AccountRow>> {
    const wanted = (account: AccountRow): boolean => tenantId === undefined || account.tenantId === tenantId;
    return this.#transactions.run('listAccounts', () => pageOf(this.#tables.accounts, LISTINGS.accounts, after, wanted));
  }

  addTokenKey(key: TokenKeyRow): Promise<void> {
    return this.#transactions.run('addTokenKey', (journal) => this.#catalogue.addTokenKey(key, journal));
  }

  endTokenKey(id: string, validUntilMs: number): Promise<void> {
    return this.#transactions.run('endTokenKey', (journal) => this.#catalogue.endTokenKey(id, validUntilMs, journal));
  }

  tokenKeys(sinceMs: number): Promise<readonly TokenKeyRow[]> {
    return this.#transactions.run('tokenKeys', () => this.#catalogue.tokenKeys(sinceMs));
  }

  listSignals(after?: string): Promise<Page<SignalRow>> {
    return this.#transactions.run('listSignals', () => pageOf(this.#tables.signals, LISTINGS.signals, after));
  }

  explained(signalId: string): Promise<ExplainedSignal | undefined> {
    return this.#transactions.run('explained', () => this.#signals.explained(signalId));
  }

  closedTrades(accountId: string, sinceMs: number): Promise<readonly ClosedTradeRows[]> {
    return this.#transactions.run('closedTrades', () => this.#signals.closedTrades(accountId, sinceMs));
  }

  listRefusals(after?: string): Promise<Page<RefusalRow>> {
    return this.#transactions.run('listRefusals', () => pageOf(this.#tables.refusals, LISTINGS.refusals, after));
  }

  listExecutions(after?: string): Promise<Page<ExecutionRow>> {
    return this.#transactions.run('listExecutions', () => pageOf(this.#tables.executions, LISTINGS.executions, after));
  }

  listDeals(after?: string): Promise<Page<DealRow>> {
    return this.#transactions.run('listDeals', () => pageOf(this.#tables.deals, LISTINGS.deals, after));
  }

  listCommands(after?: string): Promise<Page<CommandRow>> {
    return this.#transactions.run('listCommands', () => pageOf(this.#tables.commands, LISTINGS.commands, after));
  }

  command(accountId: string, commandId: string): Promise<CommandRow | undefined> {
    return this.#transactions.run('command', () => this.#commands.one(accountId, commandId));
  }

  commandsOf(accountId: string): Promise<readonly CommandRow[]> {
    return this.#transactions.run('commandsOf', () => this.#commands.newestOf(accountId));
  }

  storeHistory(batch: HistoryBatch): Promise<void> {
    return this.#transactions.run('storeHistory', (journal) => this.#history.store(batch, journal));
  }

  newestBalances(accountIds: readonly string[]): Promise<readonly BalanceRow[]> {
    return this.#transactions.run('newestBalances', () => this.#history.newestBalances(accountIds));
  }

  balancesOf(accountId: string, fromMs: number, toMs: number): Promise<readonly BalanceRow[]> {
    return this.#transactions.run('balancesOf', () => this.#history.balancesOf(accountId, fromMs, toMs));
  }

  presence(accountIds: readonly string[]): Promise<readonly PresenceRow[]> {
    return this.#transactions.run('presence', () => this.#history.presence(accountIds));
  }

  usageSince(tenantIds: readonly string[], fromMs: number): Promise<readonly UsageRow[]> {
    return this.#transactions.run('usageSince', () => this.#history.usageSince(tenantIds, fromMs));
  }

  listRiskEvents(after?: string): Promise<Page<RiskEventRow>> {
    return this.#transactions.run('listRiskEvents', () => pageOf(this.#tables.riskEvents, LISTINGS.riskEvents, after));
  }

  listUsage(after?: string): Promise<Page<UsageRow>> {
    return this.#transactions.run('listUsage', () => pageOf(this.#tables.usage, LISTINGS.usage, after));
  }

  addOwnModel(model: NewOwnModel, most: number): Promise<OwnModelAdded> {
    return this.#transactions.run('addOwnModel', (journal) => this.#ownModels.add(model, most, journal));
  }

  removeOwnModel(tenantId: string, name: string, atMs: number): Promise<OwnModelRow | undefined> {
    return this.#transactions.run('removeOwnModel', (journal) => this.#ownModels.remove(tenantId, name, atMs, journal));
  }

  activeOwnModels(tenantId: string): Promise<readonly OwnModelRow[]> {
    return this.#transactions.run('activeOwnModels', () => this.#ownModels.active(tenantId));
  }

  ownModelGraph(tenantId: string, name: string, version: number): Promise<Uint8Array | undefined> {
    return this.#transactions.run('ownModelGraph', () => this.#ownModels.graph(tenantId, name, version));
  }

  async listOwnModels(after?: string): Promise<Page<OwnModelRow>> {
    const page = await this.#transactions.run('listOwnModels', () => pageOf(this.#tables.ownModels, LISTINGS.ownModels, after));
    return { ...page, rows: page.rows.map(({ row }) => row) };
  }

  addUser(user: NewUser, by: string): Promise<UserRow | 'exists'> {
    return this.#access('addUser', (on) => addUser(on, copy(user), by));
  }

  user(name: string): Promise<UserRow | undefined> {
    return this.#access('user', (on) => userNow(on, name));
  }

  listUsers({ tenantId, after }: { readonly tenantId?: string; readonly after?: string }): Promise<Page<UserRow>> {
    const wanted = (user: UserRow): boolean => user.removedAt === null && (tenantId ?? user.tenantId) === user.tenantId;
    return this.#transactions.run('listUsers', () => pageOf(this.#tables.users, LISTINGS.users, after, wanted));
  }

  changeUser(name: string, change: UserChange, by: ByWhom & { readonly ends?: string }): Promise<UserRow | undefined> {
    return this.#access('changeUser', (on) => changeUser(on, name, copy(change), by));
  }

  takeCode(name: string, step: number, atMs: number): Promise<boolean> {
    return this.#access('takeCode', (on) => takeFactor(on, name, step, atMs));
  }

  takeRecovery(name: string, hash: string, atMs: number): Promise<boolean> {
    return this.#access('takeRecovery', (on) => takeFactor(on, name, hash, atMs));
  }

  openSignIn(signIn: NewSignIn, from: string): Promise<void> {
    return this.#access('openSignIn', (on) => openSignIn(on, copy(signIn), from));
  }

  signIn(id: string): Promise<SignInRow | undefined> {
    return this.#access('signIn', ({ tables }) => tables.signIns.get(id));
  }

  refreshSignIn(id: string, change: Parameters<Ledger['refreshSignIn']>[1]): Promise<Refreshed> {
    return this.#access('refreshSignIn', (on) => refreshSignIn(on, id, change));
  }

  markSecondFactor(id: string, atMs: number): Promise<boolean> {
    return this.#access('markSecondFactor', (on) => markSecondFactor(on, id, atMs));
  }

  endSignIn(id: string, why: string, atMs: number): Promise<boolean> {
    return this.#access('endSignIn', (on) => endSignIn(on, id, why, atMs));
  }

  #access<T>(call: keyof AccessStore, work: (on: AccessTransaction) => T): Promise<T> {
    return this.#transactions.run(call, (journal) => {
      const tell = (tenantId: string, event: AuditEvent): void => this.#audit.tell(tenantId, event, journal);
      const result = work({ tables: this.#tables, journal, tell });
      return result === undefined ? result : copy(result);
    });
  }

  tellAction(action: OperatorAction): Promise<void> {
    return this.#transactions.run('tellAction', (journal) => this.#audit.tellAction(action, journal));
  }

  anchorAudit(atMs: number): Promise<number> {
    return this.#transactions.run('anchorAudit', (journal) => this.#audit.anchor(atMs, journal));
  }

  listAudit(after?: string): Promise<Page<AuditEntry>> {
    return this.#transactions.run('listAudit', () => pageOf(this.#tables.audit, LISTINGS.audit, after));
  }

  async listAuditHeads(after?: string): Promise<Page<AuditHead>> {
    const page = await this.#transactions.run('listAuditHeads', () =>
      pageOf(this.#tables.auditHeads, LISTINGS.auditHeads, after),
    );
    return { ...page, rows: page.rows.map(({ anchoredSeq: _, ...head }) => head) };
  }

  listAuditAnchors(after?: string): Promise<Page<AuditAnchor>> {
    return this.#transactions.run('listAuditAnchors', () => pageOf(this.#tables.auditAnchors, LISTINGS.auditAnchors, after));
  }

  clockMs(): Promise<number> {
    return this.#transactions.run('clockMs', () => this.#nowMs());
  }

  nextGeneration(): Promise<number> {
    return this.#transactions.run('nextGeneration', (journal) => {
      const { counters } = this.#tables;
      const generation = Math.max((counters.get('cluster_generation') ?? 0) + 1, Math.floor(this.#nowMs() / 1_000));
      counters.put('cluster_generation', generation, journal);
      return generation;
    });
  }

  #nowMs(): number {
    return (this.#transactions.hooks.nowMs ?? systemClock.nowMs)();
  }

  ping(): Promise<void> {
    return this.#transactions.run('ping', () => {});
  }

  async close(): Promise<void> {
    this.#transactions.close();
  }
}
