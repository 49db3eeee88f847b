/**
 * The ledger over `pg`: PostgreSQL, TimescaleDB, or PGlite behind its socket, with the same statements on each. What one
 * commit does is in `commit.ts`; here the calls of the interface are put into transactions.
 */
import type { Halt } from '../../accounts/halt.js';
import type { TradingOverrides } from '../../accounts/trading-settings.js';
import { SuhoError } from '../../errors.js';
import { type AuditAnchor, type AuditEntry, type AuditHead, NODE_ITSELF, type OperatorAction } from '../audit/audit.js';
import type { ByWhom, NewSignIn, NewUser, Refreshed, SignInRow, UserChange, UserRow } from './access.js';
import {
  changeRefresh,
  endOne,
  insertSignIn,
  insertUser,
  markFactor,
  readSignIn,
  readUser,
  takeFactor,
  updateUser,
} from './access-rows.js';
import { changeKeys, readChanged, unbind } from './account-keys.js';
import { AccountTenants } from './account-tenants.js';
import { AuditTrail, anchorTenant, takeAuditWriter, tellAction } from './audit-trail.js';
import type { AccountMode } from './ledger.js';
import {
  changeDisabled,
  changeMode,
  changeTenant,
  changeTrading,
  insertAccounts,
  insertTenant,
  type NewAccount,
  readAccountByKey,
  readAccounts,
  readChangedTenants,
  readTenants,
  type TenantChange,
} from './catalogue.js';
import { claimAccounts } from './claim.js';
import {
  ACCOUNT_COLUMNS,
  ANCHOR_COLUMNS,
  COMMAND_COLUMNS,
  DEAL_COLUMNS,
  ENTRY_COLUMNS,
  EXECUTION_COLUMNS,
  HEAD_COLUMNS,
  OWN_MODEL_COLUMNS,
  REFUSAL_COLUMNS,
  RISK_EVENT_COLUMNS,
  SIGNAL_COLUMNS,
  type StoredSignal,
  USAGE_COLUMNS,
  USER_COLUMNS,
} from './columns.js';
import { readCommand, readCommandsOf } from './command-rows.js';
import type { CommandRow } from './commands.js';
import { commitOps } from './commit.js';
import { toRow } from './commit-plan.js';
import type { BalanceRow, HistoryBatch, PresenceRow, RiskEventRow, UsageRow } from './history.js';
import { insertHistory, readBalances, readNewestBalances, readPresence, readUsage } from './history-rows.js';
import type {
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
import { readClosedTrades } from './closed-trades.js';
import { readExplained } from './explained.js';
import { assert } from '../../runtime/assert.js';
import { applyMigrations, pendingMigrations, readMigrations } from './migrations.js';
import { copyHeld } from './held-copy.js';
import type { NewOwnModel, OwnModelAdded, OwnModelRow } from './own-models.js';
import { insertModel, readActiveModels, readModelGraph, retireModel } from './own-model-rows.js';
import { isUuid, wellFormed, wellFormedHello } from './op-shape.js';
import { type Listing, listing, readPage } from './pages.js';
import { SqlArchive } from './sql-archive.js';
import { SqlJobs } from './sql-jobs.js';
import { SqlReads } from './sql-reads.js';
import { changeStop, readStop } from './stop-row.js';
import { insertTokenKey, readTokenKeys, shortenTokenKey } from './token-keys.js';
import { LedgerUpkeep } from './upkeep.js';
import { isRefusedForGood, type LedgerConnection, type Statement, type Transaction, Transactions } from './transaction.js';

const CLOCK: Statement = {
  name: 'clock',
  text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
};
const NEXT_GENERATION: Statement = {
  name: 'next-generation',
  text: `UPDATE counters SET value = greatest(value + 1, floor(extract(epoch FROM clock_timestamp()))::bigint)
    WHERE name = 'cluster_generation' RETURNING value`,
};
const PING: Statement = { name: 'ping', text: 'SELECT 1' };
const ALL_ACCOUNTS = listing<AccountRow>('accounts', ACCOUNT_COLUMNS, ['id']);
const ACCOUNTS_OF_TENANT = listing<AccountRow>('accounts', ACCOUNT_COLUMNS, ['id'], 'tenant_id = $1', 1);
const SIGNALS = listing<StoredSignal>('signals', SIGNAL_COLUMNS, ['accountId', 'seq']);
const REFUSALS = listing<RefusalRow>('signal_refusals', REFUSAL_COLUMNS, [
  'accountId',
  'closeTime',
  'strategy',
  'symbol',
  'timeframe',
  'direction',
]);
const EXECUTIONS = listing<ExecutionRow>('executions', EXECUTION_COLUMNS, ['accountId', 'signalId', 'attempt', 'outcome']);
const DEALS = listing<DealRow>('deals', DEAL_COLUMNS, ['accountId', 'deal']);
const COMMANDS = listing<CommandRow>('commands', COMMAND_COLUMNS, ['accountId', 'id']);
const RISK_EVENTS = listing<RiskEventRow>('risk_events', RISK_EVENT_COLUMNS, ['id']);
const USAGE = listing<UsageRow>('usage', USAGE_COLUMNS, ['tenantId', 'hourMs', 'what']);
const OWN_MODELS = listing<OwnModelRow>('models', OWN_MODEL_COLUMNS, ['tenantId', 'name', 'version']);
const USERS = listing<UserRow>('users', USER_COLUMNS, ['name'], 'removed_at_ms IS NULL');
const USERS_OF_TENANT = listing<UserRow>('users', USER_COLUMNS, ['name'], 'removed_at_ms IS NULL AND tenant_id = $1', 1);
const AUDIT = listing<AuditEntry>('audit_entries', ENTRY_COLUMNS, ['tenantId', 'writer', 'seq']);
const AUDIT_HEADS = listing<AuditHead>('audit_heads', HEAD_COLUMNS, ['tenantId', 'writer']);
const AUDIT_ANCHORS = listing<AuditAnchor>('audit_anchors', ANCHOR_COLUMNS, ['tenantId', 'seq']);

export class PostgresLedger implements Ledger {
  readonly #transactions: Transactions;
  /** What runs by itself, over all nodes. */
  readonly jobs: SqlJobs;
  readonly reads: SqlReads;
  readonly archive: SqlArchive;
  readonly upkeep: LedgerUpkeep;
  readonly #tenants = new AccountTenants();
  #trail: Promise<AuditTrail> | undefined;
  readonly #afterClose: () => Promise<void>;
  readonly #files: string | undefined;

  /** `afterClose` ends what the connection leads to, where that is ours: the embedded engine, whose files are in `files`. */
  constructor(connection: LedgerConnection, afterClose: () => Promise<void> = async () => {}, files?: string) {
    this.#transactions = new Transactions(connection);
    this.jobs = new SqlJobs(this.#transactions);
    this.reads = new SqlReads(this.#transactions);
    this.archive = new SqlArchive(this.#transactions);
    this.upkeep = new LedgerUpkeep(this.#transactions);
    this.#afterClose = afterClose;
    this.#files = files;
  }

  async migrate(): Promise<readonly string[]> {
    const files = await readMigrations();
    const pending = await this.#transactions.run('login', (transaction) => pendingMigrations(transaction, files));
    // A node need not be able to migrate where there is nothing to.
    if (pending?.length === 0) return [];
    return this.#transactions.run('owner', (transaction) => applyMigrations(transaction, files));
  }

  /** Migrations that `migrate` would apply. */
  async pendingMigrations(): Promise<readonly string[]> {
    const files = await readMigrations();
    for (const scope of ['login', 'owner'] as const) {
      const pending = await this.#transactions.run(scope, (transaction) => pendingMigrations(transaction, files));
      if (pending !== undefined) return pending;
    }
    return files.map(({ name }) => name);
  }

  /** Reads across all tables and tenants as they stand at one moment. */
  snapshot<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#transactions.run('snapshot', work);
  }

  /** Work that only the owner of the tables may do, all of it or none. */
  asOwner<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#transactions.run('owner', work);
  }

  /**
   * The embedded engine has one connection and writes only when it is asked to; while that connection is held here, its files
   * are what a kill would leave, and those are whole again when they are opened.
   */
  async copyTo(folder: string): Promise<void> {
    const files = this.#files;
    if (files === undefined)
      throw new SuhoError('CONFLICT', 'The node’s ledger is on a server, which is backed up there: name it by --ledger.');
    await copyHeld(files, folder, (work) =>
      this.#transactions.run('login', async (transaction) => {
        await transaction.rows(PING);
        await work();
      }),
    );
  }

  async clockMs(): Promise<number> {
    const [row] = await this.#transactions.run('login', (transaction) => transaction.rows<{ ms: number }>(CLOCK));
    return row?.ms ?? Number.NaN;
  }

  async nextGeneration(): Promise<number> {
    const [row] = await this.#transactions.run('engine', (transaction) =>
      transaction.rows<{ readonly value: number }>(NEXT_GENERATION),
    );
    assert(row !== undefined, 'the migrations have made the counter');
    return row.value;
  }

  async commit(ops: readonly LedgerOp[]): Promise<readonly OpResult[]> {
    const clean = wellFormed(ops);
    if (clean.length === 0) return [];
    return this.#write(async (transaction, trail) => {
      const accountIds = clean.map(({ accountId }) => accountId);
      return commitOps(transaction, clean, { tenantOf: await this.#tenants.of(transaction, accountIds), trail });
    });
  }

  async claim(hello: HelloClaim): Promise<Claimed> {
    return (await this.claimAll([hello]))[0] as Claimed;
  }

  async claimAll(hellos: readonly HelloClaim[]): Promise<readonly Claimed[]> {
    const clean = hellos.map(wellFormedHello);
    const known = clean.filter(({ accountId }) => isUuid(accountId));
    const answers = new Map<string, Claimed>();
    if (known.length > 0)
      await this.#write(async (transaction, trail) => {
        const ids = known.map(({ accountId }) => accountId);
        const tenants = await this.#tenants.of(transaction, ids);
        // In the order in which commits take them too, so that nobody waits for each other.
        for (const tenantId of [...new Set(tenants.values())].sort()) {
          const own = known.filter(({ accountId }) => tenants.get(accountId) === tenantId);
          const claimed = await claimAccounts(transaction, own, tenantId, trail);
          for (const [at, hello] of own.entries()) answers.set(hello.accountId, claimed[at] as Claimed);
        }
      });
    return clean.map(({ accountId }) => answers.get(accountId) ?? { kind: 'missing' });
  }

  async accounts(ids: readonly string[]): Promise<readonly AccountRow[]> {
    const wanted = ids.filter(isUuid);
    return wanted.length === 0 ? [] : this.#transactions.run('reader', (transaction) => readAccounts(transaction, wanted));
  }

  accountByKey(keyHash: string, atMs: number): Promise<AccountRow | undefined> {
    return this.#transactions.run('reader', (transaction) => readAccountByKey(transaction, keyHash, atMs));
  }

  changedAccounts(after?: number): Promise<{ readonly rows: readonly AccountRow[]; readonly newest: number }> {
    return this.#transactions.run('reader', (transaction) => readChanged(transaction, after));
  }

  createTenant(tenant: NewTenant): Promise<'created' | 'exists'> {
    return this.#write((transaction, trail) => insertTenant(transaction, tenant, trail));
  }

  updateTenant(id: string, change: TenantChange, atMs: number): Promise<TenantRow | undefined> {
    return this.#write((transaction, trail) => changeTenant(transaction, { id, change, atMs }, trail));
  }

  changedTenants(after?: number): Promise<{ readonly rows: readonly TenantRow[]; readonly newest: number }> {
    return this.#transactions.run('reader', (transaction) => readChangedTenants(transaction, after));
  }

  emergencyStop(): Promise<StandingStop> {
    return this.#transactions.run('engine', readStop);
  }

  setEmergencyStop(stopped: Halt | null, after: number): Promise<StandingStop> {
    return this.#transactions.run('engine', (transaction) => changeStop(transaction, stopped, after));
  }

  listTenants(): Promise<readonly TenantRow[]> {
    return this.#transactions.run('reader', readTenants);
  }

  createAccounts(accounts: readonly NewAccount[]): Promise<readonly AccountRow[]> {
    return this.#write((transaction, trail) => insertAccounts(transaction, accounts, trail));
  }

  setAccountMode(id: string, mode: AccountMode, atMs: number): Promise<AccountRow | undefined> {
    return this.#forAccount(id, (transaction, tenantId, trail) => changeMode(transaction, { id, mode, atMs }, tenantId, trail));
  }

  setAccountTrading(id: string, trading: TradingOverrides, atMs: number): Promise<AccountRow | undefined> {
    const work = { id, trading, atMs };
    return this.#forAccount(id, (transaction, tenantId, trail) => changeTrading(transaction, work, tenantId, trail));
  }

  setAccountDisabled(id: string, disabled: Halt | null, atMs: number): Promise<AccountRow | undefined> {
    const work = { id, disabled, atMs };
    return this.#forAccount(id, (transaction, tenantId, trail) => changeDisabled(transaction, work, tenantId, trail));
  }

  setAccountKey(id: string, change: KeyChange, atMs: number): Promise<AccountRow | KeyRefusal | undefined> {
    const work = { id, change, atMs };
    return this.#forAccount(id, (transaction, tenantId, trail) => changeKeys(transaction, work, tenantId, trail));
  }

  unbindAccount(id: string, atMs: number): Promise<AccountRow | 'held' | undefined> {
    return this.#forAccount(id, (transaction, tenantId, trail) => unbind(transaction, { id, atMs }, tenantId, trail));
  }

  async addTokenKey(key: TokenKeyRow): Promise<void> {
    await this.#transactions.run('engine', async (transaction) => insertTokenKey(transaction, key));
  }

  async endTokenKey(id: string, validUntilMs: number): Promise<void> {
    await this.#transactions.run('engine', async (transaction) => shortenTokenKey(transaction, id, validUntilMs));
  }

  tokenKeys(sinceMs: number): Promise<readonly TokenKeyRow[]> {
    return this.#transactions.run('engine', (transaction) => readTokenKeys(transaction, sinceMs));
  }

  listAccounts({ tenantId, after }: { readonly tenantId?: string; readonly after?: string }): Promise<Page<AccountRow>> {
    if (tenantId === undefined) return this.#page(ALL_ACCOUNTS, after);
    return this.#transactions.run('engine', (transaction) => {
      transaction.actFor(tenantId);
      return readPage(transaction, ACCOUNTS_OF_TENANT, after, [tenantId]);
    });
  }

  async listSignals(after?: string): Promise<Page<SignalRow>> {
    const page = await this.#page(SIGNALS, after);
    return { ...page, rows: page.rows.map(toRow) };
  }

  explained(signalId: string): Promise<ExplainedSignal | undefined> {
    if (!isUuid(signalId)) return Promise.resolve(undefined);
    return this.#transactions.run('reader', (transaction) => readExplained(transaction, signalId));
  }

  listRefusals(after?: string): Promise<Page<RefusalRow>> {
    return this.#page(REFUSALS, after);
  }

  listExecutions(after?: string): Promise<Page<ExecutionRow>> {
    return this.#page(EXECUTIONS, after);
  }

  listDeals(after?: string): Promise<Page<DealRow>> {
    return this.#page(DEALS, after);
  }

  listCommands(after?: string): Promise<Page<CommandRow>> {
    return this.#page(COMMANDS, after);
  }

  async command(accountId: string, commandId: string): Promise<CommandRow | undefined> {
    if (!isUuid(accountId) || !isUuid(commandId)) return undefined;
    return this.#transactions.run('reader', (transaction) => readCommand(transaction, accountId, commandId));
  }

  async commandsOf(accountId: string): Promise<readonly CommandRow[]> {
    if (!isUuid(accountId)) return [];
    return this.#transactions.run('reader', (transaction) => readCommandsOf(transaction, accountId));
  }

  async closedTrades(accountId: string, sinceMs: number): Promise<readonly ClosedTradeRows[]> {
    const read = (transaction: Transaction, tenantId: string) => {
      transaction.actFor(tenantId);
      return readClosedTrades(transaction, accountId, sinceMs);
    };
    return (await this.#forAccount(accountId, read)) ?? [];
  }

  #page<Row extends object>(listed: Listing<Row>, after: string | undefined): Promise<Page<Row>> {
    return this.#transactions.run('reader', (transaction) => readPage(transaction, listed, after));
  }

  async storeHistory(batch: HistoryBatch): Promise<void> {
    try {
      await this.#transactions.run('engine', async (transaction) => insertHistory(transaction, batch));
    } catch (error) {
      if (!isRefusedForGood(error)) throw error;
      throw new SuhoError('INPUT_INVALID', `The ledger refuses rows of history: ${(error as SuhoError).message}`, {
        cause: error,
      });
    }
  }

  async newestBalances(accountIds: readonly string[]): Promise<readonly BalanceRow[]> {
    const wanted = accountIds.filter(isUuid);
    if (wanted.length === 0) return [];
    return this.#transactions.run('reader', (transaction) => readNewestBalances(transaction, wanted));
  }

  async balancesOf(accountId: string, fromMs: number, toMs: number): Promise<readonly BalanceRow[]> {
    if (!isUuid(accountId)) return [];
    return this.#transactions.run('reader', (transaction) => readBalances(transaction, [accountId, fromMs, toMs]));
  }

  async presence(accountIds: readonly string[]): Promise<readonly PresenceRow[]> {
    const wanted = accountIds.filter(isUuid);
    if (wanted.length === 0) return [];
    return this.#transactions.run('reader', (transaction) => readPresence(transaction, wanted));
  }

  listRiskEvents(after?: string): Promise<Page<RiskEventRow>> {
    return this.#page(RISK_EVENTS, after);
  }

  usageSince(tenantIds: readonly string[], fromMs: number): Promise<readonly UsageRow[]> {
    return this.#transactions.run('reader', (transaction) => readUsage(transaction, tenantIds, fromMs));
  }

  listUsage(after?: string): Promise<Page<UsageRow>> {
    return this.#page(USAGE, after);
  }

  addOwnModel(model: NewOwnModel, most: number): Promise<OwnModelAdded> {
    return this.#write((transaction, trail) => insertModel(transaction, model, most, trail));
  }

  removeOwnModel(tenantId: string, name: string, atMs: number): Promise<OwnModelRow | undefined> {
    return this.#write((transaction, trail) => retireModel(transaction, { tenantId, name, atMs }, trail));
  }

  activeOwnModels(tenantId: string): Promise<readonly OwnModelRow[]> {
    return this.#transactions.run('engine', (transaction) => readActiveModels(transaction, tenantId));
  }

  ownModelGraph(tenantId: string, name: string, version: number): Promise<Uint8Array | undefined> {
    return this.#transactions.run('engine', (transaction) => readModelGraph(transaction, tenantId, name, version));
  }

  listOwnModels(after?: string): Promise<Page<OwnModelRow>> {
    return this.#page(OWN_MODELS, after);
  }

  addUser(user: NewUser, by: string): Promise<UserRow | 'exists'> {
    return this.#write((transaction, trail) => insertUser(transaction, user, by, trail));
  }

  async user(name: string): Promise<UserRow | undefined> {
    const user = await this.#transactions.run('reader', (transaction) => readUser(transaction, name));
    return user?.removedAt === null ? user : undefined;
  }

  listUsers({ tenantId, after }: { readonly tenantId?: string; readonly after?: string }): Promise<Page<UserRow>> {
    if (tenantId === undefined) return this.#page(USERS, after);
    return this.#transactions.run('engine', (transaction) => {
      transaction.actFor(tenantId);
      return readPage(transaction, USERS_OF_TENANT, after, [tenantId]);
    });
  }

  async changeUser(name: string, change: UserChange, by: ByWhom & { readonly ends?: string }): Promise<UserRow | undefined> {
    const user = await this.user(name);
    if (user === undefined) return undefined;
    return this.#write((transaction, trail) => updateUser(transaction, user, { change, ...by }, trail));
  }

  takeCode(name: string, step: number, atMs: number): Promise<boolean> {
    return this.#takeFactor(name, step, atMs);
  }

  takeRecovery(name: string, hash: string, atMs: number): Promise<boolean> {
    return this.#takeFactor(name, hash, atMs);
  }

  async #takeFactor(name: string, code: number | string, atMs: number): Promise<boolean> {
    const user = await this.user(name);
    if (user === undefined) return false;
    return this.#write((transaction, trail) => takeFactor(transaction, user, { code, atMs }, trail));
  }

  openSignIn(signIn: NewSignIn, from: string): Promise<void> {
    return this.#write((transaction, trail) => insertSignIn(transaction, signIn, from, trail));
  }

  async signIn(id: string): Promise<SignInRow | undefined> {
    return isUuid(id) ? this.#transactions.run('reader', (transaction) => readSignIn(transaction, id)) : undefined;
  }

  async refreshSignIn(id: string, change: Parameters<Ledger['refreshSignIn']>[1]): Promise<Refreshed> {
    const row = await this.signIn(id);
    if (row === undefined) return { kind: 'ended' };
    return this.#write((transaction, trail) => changeRefresh(transaction, row, change, trail));
  }

  async markSecondFactor(id: string, atMs: number): Promise<boolean> {
    const row = await this.signIn(id);
    return row !== undefined && this.#write((transaction, trail) => markFactor(transaction, row, atMs, trail));
  }

  async endSignIn(id: string, why: string, atMs: number): Promise<boolean> {
    const row = await this.signIn(id);
    return row !== undefined && this.#write((transaction, trail) => endOne(transaction, row, { why, atMs }, trail));
  }

  tellAction(action: OperatorAction): Promise<void> {
    return this.#write((transaction, trail) => tellAction(transaction, action, trail));
  }

  async anchorAudit(atMs: number): Promise<number> {
    let anchored = 0;
    for (const { id } of [...(await this.listTenants()), { id: NODE_ITSELF }])
      if (await this.#transactions.run('engine', (transaction) => anchorTenant(transaction, id, atMs))) anchored += 1;
    return anchored;
  }

  listAudit(after?: string): Promise<Page<AuditEntry>> {
    return this.#page(AUDIT, after);
  }

  listAuditHeads(after?: string): Promise<Page<AuditHead>> {
    return this.#page(AUDIT_HEADS, after);
  }

  listAuditAnchors(after?: string): Promise<Page<AuditAnchor>> {
    return this.#page(AUDIT_ANCHORS, after);
  }

  /** A transaction that changes something, and tells of it. */
  async #write<T>(work: (transaction: Transaction, trail: AuditTrail) => Promise<T>): Promise<T> {
    const trail = await this.#openTrail();
    return this.#transactions.run('engine', (transaction) => work(transaction, trail));
  }

  /** Work for one account, under its tenant; undefined where there is no such account. */
  async #forAccount<T>(
    id: string,
    work: (transaction: Transaction, tenantId: string, trail: AuditTrail) => Promise<T>,
  ): Promise<T | undefined> {
    if (!isUuid(id)) return undefined;
    return this.#write(async (transaction, trail) => {
      const tenantId = (await this.#tenants.of(transaction, [id])).get(id);
      return tenantId === undefined ? undefined : work(transaction, tenantId, trail);
    });
  }

  /** The number under which this process writes is taken with its first change. */
  #openTrail(): Promise<AuditTrail> {
    this.#trail ??= this.#transactions.run('engine', takeAuditWriter).then(
      (writer) => new AuditTrail(writer),
      (error: unknown) => {
        this.#trail = undefined;
        throw error;
      },
    );
    return this.#trail;
  }

  async ping(): Promise<void> {
    await this.#transactions.run('login', (transaction) => transaction.rows(PING));
  }

  async close(): Promise<void> {
    await this.#transactions.close();
    await this.#afterClose();
  }
}
