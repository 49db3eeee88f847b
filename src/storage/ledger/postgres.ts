/**
 * The ledger over `pg`: PostgreSQL, TimescaleDB, or PGlite behind its socket, with the same statements on each. What one
 * commit does is in `commit.ts`; here the calls of the interface are put into transactions.
 */
import type { AccountMode } from './ledger.js';
import {
  changeMode,
  changeTenant,
  insertAccounts,
  insertTenant,
  type NewAccount,
  readAccountByKey,
  readAccounts,
  readTenants,
  type TenantChange,
} from './catalogue.js';
import { claimAccount } from './claim.js';
import {
  ACCOUNT_COLUMNS,
  DEAL_COLUMNS,
  EXECUTION_COLUMNS,
  REFUSAL_COLUMNS,
  SIGNAL_COLUMNS,
  type StoredSignal,
} from './columns.js';
import { commitOps } from './commit.js';
import { toRow } from './commit-plan.js';
import type {
  AccountRow,
  Claimed,
  DealRow,
  ExecutionRow,
  HelloClaim,
  Ledger,
  LedgerOp,
  OpResult,
  Page,
  RefusalRow,
  SignalRow,
  TenantRow,
} from './ledger.js';
import { applyMigrations, pendingMigrations, readMigrations } from './migrations.js';
import { isUuid, wellFormed, wellFormedHello } from './op-shape.js';
import { listing, readPage } from './pages.js';
import { type LedgerConnection, type Statement, Transactions } from './transaction.js';

const CLOCK: Statement = {
  name: 'clock',
  text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS ms',
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

export class PostgresLedger implements Ledger {
  readonly #transactions: Transactions;
  readonly #afterClose: () => Promise<void>;

  /** `afterClose` ends what the connection leads to, where that is ours: the embedded engine. */
  constructor(connection: LedgerConnection, afterClose: () => Promise<void> = async () => {}) {
    this.#transactions = new Transactions(connection);
    this.#afterClose = afterClose;
  }

  async migrate(): Promise<readonly string[]> {
    const files = await readMigrations();
    return this.#transactions.run((transaction) => applyMigrations(transaction, files));
  }

  /** Migrations that `migrate` would apply. */
  async pendingMigrations(): Promise<readonly string[]> {
    const files = await readMigrations();
    return this.#transactions.run((transaction) => pendingMigrations(transaction, files));
  }

  /** UTC by the clock of the machine that the ledger runs on. */
  async clockMs(): Promise<number> {
    const [row] = await this.#transactions.run((transaction) => transaction.rows<{ ms: number }>(CLOCK));
    return row?.ms ?? Number.NaN;
  }

  async commit(ops: readonly LedgerOp[]): Promise<readonly OpResult[]> {
    const clean = wellFormed(ops);
    return clean.length === 0 ? [] : this.#transactions.run((transaction) => commitOps(transaction, clean));
  }

  async claim(hello: HelloClaim): Promise<Claimed> {
    if (!isUuid(hello.accountId)) return { kind: 'missing' };
    return this.#transactions.run((transaction) => claimAccount(transaction, wellFormedHello(hello)));
  }

  async accounts(ids: readonly string[]): Promise<readonly AccountRow[]> {
    const wanted = ids.filter(isUuid);
    return wanted.length === 0 ? [] : this.#transactions.run((transaction) => readAccounts(transaction, wanted));
  }

  accountByKey(keyHash: string): Promise<AccountRow | undefined> {
    return this.#transactions.run((transaction) => readAccountByKey(transaction, keyHash));
  }

  createTenant(tenant: TenantRow): Promise<'created' | 'exists'> {
    return this.#transactions.run((transaction) => insertTenant(transaction, tenant));
  }

  updateTenant(id: string, change: TenantChange): Promise<TenantRow | undefined> {
    return this.#transactions.run((transaction) => changeTenant(transaction, id, change));
  }

  listTenants(): Promise<readonly TenantRow[]> {
    return this.#transactions.run(readTenants);
  }

  createAccounts(accounts: readonly NewAccount[]): Promise<readonly AccountRow[]> {
    return this.#transactions.run((transaction) => insertAccounts(transaction, accounts));
  }

  async setAccountMode(id: string, mode: AccountMode): Promise<AccountRow | undefined> {
    return isUuid(id) ? this.#transactions.run((transaction) => changeMode(transaction, id, mode)) : undefined;
  }

  listAccounts({ tenantId, after }: { readonly tenantId?: string; readonly after?: string }): Promise<Page<AccountRow>> {
    return this.#transactions.run((transaction) =>
      tenantId === undefined
        ? readPage(transaction, ALL_ACCOUNTS, after)
        : readPage(transaction, ACCOUNTS_OF_TENANT, after, [tenantId]),
    );
  }

  async listSignals(after?: string): Promise<Page<SignalRow>> {
    const page = await this.#transactions.run((transaction) => readPage(transaction, SIGNALS, after));
    return { ...page, rows: page.rows.map(toRow) };
  }

  listRefusals(after?: string): Promise<Page<RefusalRow>> {
    return this.#transactions.run((transaction) => readPage(transaction, REFUSALS, after));
  }

  listExecutions(after?: string): Promise<Page<ExecutionRow>> {
    return this.#transactions.run((transaction) => readPage(transaction, EXECUTIONS, after));
  }

  listDeals(after?: string): Promise<Page<DealRow>> {
    return this.#transactions.run((transaction) => readPage(transaction, DEALS, after));
  }

  async ping(): Promise<void> {
    await this.#transactions.run((transaction) => transaction.rows(PING));
  }

  async close(): Promise<void> {
    await this.#transactions.close();
    await this.#afterClose();
  }
}
