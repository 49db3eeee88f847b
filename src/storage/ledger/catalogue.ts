/** Tenants and accounts: rare writes by an operator, each in its own transaction. */
import type { Halt } from '../../accounts/halt.js';
import type { TradingOverrides } from '../../accounts/trading-settings.js';
import {
  accountCreated,
  accountDisabledChanged,
  accountModeChanged,
  accountTradingChanged,
  tenantChanged,
  tenantCreated,
} from '../audit/events.js';
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { NEXT_CHANGE } from './account-keys.js';
import type { AuditTrail } from './audit-trail.js';
import { ACCOUNT_COLUMNS, columnOf, selectList, TENANT_COLUMNS } from './columns.js';
import type { AccountMode, AccountRow, NewTenant, TenantRow } from './ledger.js';
import type { Statement, Transaction } from './transaction.js';

export type NewAccount = Pick<AccountRow, 'id' | 'tenantId' | 'mode' | 'keyHash' | 'suho1Table' | 'createdAt'>;
export type TenantChange = Partial<
  Pick<TenantRow, 'name' | 'tier' | 'signalTimeframe' | 'strategy' | 'symbols' | 'trading' | 'stopped'>
>;

/** The next change's number: whoever else changes a tenant waits until this transaction has ended. */
const NEXT_TENANT_CHANGE = `change AS (UPDATE counters SET value = value + 1 WHERE name = 'tenant_change' RETURNING value)`;

const INSERT_TENANT: Statement = {
  name: 'insert-tenant',
  text: `WITH ${NEXT_TENANT_CHANGE}
    INSERT INTO tenants (id, name, tier, signal_timeframe, strategy, symbols, trading, created_at_ms, change_number)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT value FROM change))
    ON CONFLICT (id) DO NOTHING RETURNING id`,
};
const UPDATE_TENANT: Statement = {
  name: 'update-tenant',
  text: `WITH ${NEXT_TENANT_CHANGE} UPDATE tenants SET ${(
    ['name', 'tier', 'signalTimeframe', 'strategy', 'symbols', 'trading'] as const
  )
    .map((field, at) => `${columnOf(TENANT_COLUMNS, field)} = coalesce($${at + 2}, ${columnOf(TENANT_COLUMNS, field)})`)
    .join(', ')}, stopped = CASE WHEN $8 THEN $9::jsonb ELSE stopped END, change_number = (SELECT value FROM change)
    WHERE id = $1 RETURNING ${selectList(TENANT_COLUMNS)}`,
};
const LIST_TENANTS: Statement = {
  name: 'list-tenants',
  text: `SELECT ${selectList(TENANT_COLUMNS)} FROM tenants ORDER BY id`,
};
const NEWEST_TENANT_CHANGE: Statement = {
  name: 'newest-tenant-change',
  text: 'SELECT coalesce(max(change_number), 0) AS newest FROM tenants',
};
const CHANGED_TENANTS: Statement = {
  name: 'changed-tenants',
  text: `SELECT ${selectList(TENANT_COLUMNS)}, change_number AS "changeNumber" FROM tenants WHERE change_number > $1
    ORDER BY change_number LIMIT ${LIMITS.ledger.pageRows}`,
};
const TENANT_EXISTS: Statement = { name: 'tenant-exists', text: 'SELECT id FROM tenants WHERE id = $1' };
// The row lock makes others that give magic bases wait until this transaction has ended, one way or the other.
const TAKE_MAGIC_BASES: Statement = {
  name: 'take-magic-bases',
  text: `UPDATE counters SET value = value + $1 WHERE name = 'magic_base' RETURNING value`,
};
const INSERT_ACCOUNTS: Statement = {
  name: 'insert-accounts',
  text: `INSERT INTO accounts (id, tenant_id, mode, key_hash, magic_base, suho1_table, created_at_ms)
    SELECT id, "tenantId", mode, "keyHash", "magicBase", "suho1Table", "createdAt" FROM json_to_recordset($1::json)
      AS incoming (id uuid, "tenantId" text, mode text, "keyHash" text, "magicBase" bigint,
        "suho1Table" text, "createdAt" bigint)
    ON CONFLICT DO NOTHING RETURNING ${selectList(ACCOUNT_COLUMNS)}`,
};
const SET_MODE: Statement = {
  name: 'set-account-mode',
  text: `WITH ${NEXT_CHANGE} UPDATE accounts SET mode = $2, change_number = (SELECT value FROM change)
    WHERE id = $1 RETURNING ${selectList(ACCOUNT_COLUMNS)}`,
};
const SET_TRADING: Statement = {
  name: 'set-account-trading',
  text: `WITH ${NEXT_CHANGE} UPDATE accounts SET trading = $2, change_number = (SELECT value FROM change) WHERE id = $1 RETURNING ${selectList(ACCOUNT_COLUMNS)}`,
};
const SET_DISABLED: Statement = {
  name: 'set-account-disabled',
  text: `WITH ${NEXT_CHANGE} UPDATE accounts SET disabled = $2::jsonb, change_number = (SELECT value FROM change)
    WHERE id = $1 AND (disabled IS NULL) <> ($2::jsonb IS NULL)
    RETURNING ${selectList(ACCOUNT_COLUMNS)}`,
};
const ACCOUNTS_BY_ID: Statement = {
  name: 'accounts-by-id',
  text: `SELECT ${selectList(ACCOUNT_COLUMNS)} FROM accounts WHERE id = ANY($1::uuid[]) ORDER BY id`,
};
const ACCOUNT_BY_KEY: Statement = {
  name: 'account-by-key',
  text: `SELECT ${selectList(ACCOUNT_COLUMNS)} FROM accounts
    WHERE key_hash = $1 OR previous_key_hash = $1 AND previous_until_ms > $2`,
};

export async function insertTenant(
  transaction: Transaction,
  tenant: NewTenant,
  trail: AuditTrail,
): Promise<'created' | 'exists'> {
  const { id, name, tier, signalTimeframe, strategy, symbols, trading = {}, createdAt } = tenant;
  transaction.actFor(id);
  const values = [id, name, tier, signalTimeframe, strategy, symbols, JSON.stringify(trading), createdAt];
  const rows = await transaction.rows(INSERT_TENANT, values);
  if (rows.length === 0) return 'exists';
  await trail.record(transaction, id, [tenantCreated(tenant)]);
  return 'created';
}

export async function changeTenant(
  transaction: Transaction,
  { id, change, atMs }: { readonly id: string; readonly change: TenantChange; readonly atMs: number },
  trail: AuditTrail,
): Promise<TenantRow | undefined> {
  const { name, tier, signalTimeframe, strategy, symbols, trading, stopped } = change;
  transaction.actFor(id);
  const told = [name, tier, signalTimeframe, strategy, symbols, trading && JSON.stringify(trading)];
  const halt = [stopped !== undefined, stopped ? JSON.stringify(stopped) : null];
  const values = [id, ...told.map((value) => value ?? null), ...halt];
  const [tenant] = await transaction.rows<TenantRow>(UPDATE_TENANT, values);
  if (tenant !== undefined) await trail.record(transaction, id, [tenantChanged(id, change, atMs)]);
  return tenant;
}

export function readTenants(transaction: Transaction): Promise<readonly TenantRow[]> {
  return transaction.rows<TenantRow>(LIST_TENANTS);
}

export async function readChangedTenants(
  transaction: Transaction,
  after: number | undefined,
): Promise<{ readonly rows: readonly TenantRow[]; readonly newest: number }> {
  if (after === undefined) {
    const [row] = await transaction.rows<{ newest: number }>(NEWEST_TENANT_CHANGE);
    return { rows: [], newest: Number(row?.newest ?? 0) };
  }
  const changed = await transaction.rows<TenantRow & { readonly changeNumber: number }>(CHANGED_TENANTS, [after]);
  const rows = changed.map(({ changeNumber: _, ...tenant }) => tenant);
  return { rows, newest: Number(changed.at(-1)?.changeNumber ?? after) };
}

async function mustExist(transaction: Transaction, tenantIds: readonly string[]): Promise<void> {
  for (const tenantId of tenantIds) {
    transaction.actFor(tenantId);
    const [tenant] = await transaction.rows(TENANT_EXISTS, [tenantId]);
    if (tenant === undefined) throw new SuhoError('NOT_FOUND', `There is no tenant ${tenantId}.`);
  }
}

export async function insertAccounts(
  transaction: Transaction,
  accounts: readonly NewAccount[],
  trail: AuditTrail,
): Promise<readonly AccountRow[]> {
  if (accounts.length === 0) return [];
  const tenantIds = [...new Set(accounts.map(({ tenantId }) => tenantId))].sort();
  await mustExist(transaction, tenantIds);
  const [counter] = await transaction.rows<{ value: number }>(TAKE_MAGIC_BASES, [accounts.length]);
  const first = Number(counter?.value) - accounts.length + 1;
  const incoming = accounts.map((account, at) => ({ ...account, magicBase: first + at }));
  const byId = new Map<string, AccountRow>();
  for (const tenantId of tenantIds) {
    transaction.actFor(tenantId);
    const own = incoming.filter((account) => account.tenantId === tenantId);
    for (const row of await transaction.rows<AccountRow>(INSERT_ACCOUNTS, [JSON.stringify(own)])) byId.set(row.id, row);
    const events = own.map((account) => accountCreated(account, account.magicBase));
    await trail.record(transaction, tenantId, events);
  }
  if (byId.size < accounts.length) {
    throw new SuhoError('CONFLICT', 'An account with one of these ids or keys exists already; none was created.');
  }
  return accounts.map(({ id }) => byId.get(id) as AccountRow);
}

export async function changeMode(
  transaction: Transaction,
  { id, mode, atMs }: { readonly id: string; readonly mode: AccountMode; readonly atMs: number },
  tenantId: string,
  trail: AuditTrail,
): Promise<AccountRow | undefined> {
  transaction.actFor(tenantId);
  const [account] = await transaction.rows<AccountRow>(SET_MODE, [id, mode]);
  if (account !== undefined) await trail.record(transaction, tenantId, [accountModeChanged(id, mode, atMs)]);
  return account;
}

export async function changeTrading(
  transaction: Transaction,
  { id, trading, atMs }: { readonly id: string; readonly trading: TradingOverrides; readonly atMs: number },
  tenantId: string,
  trail: AuditTrail,
): Promise<AccountRow | undefined> {
  transaction.actFor(tenantId);
  const [account] = await transaction.rows<AccountRow>(SET_TRADING, [id, JSON.stringify(trading)]);
  if (account !== undefined) await trail.record(transaction, tenantId, [accountTradingChanged(id, trading, atMs)]);
  return account;
}

export async function changeDisabled(
  transaction: Transaction,
  { id, disabled, atMs }: { readonly id: string; readonly disabled: Halt | null; readonly atMs: number },
  tenantId: string,
  trail: AuditTrail,
): Promise<AccountRow | undefined> {
  transaction.actFor(tenantId);
  const value = disabled === null ? null : JSON.stringify(disabled);
  const [changed] = await transaction.rows<AccountRow>(SET_DISABLED, [id, value]);
  if (changed === undefined) return (await readAccounts(transaction, [id]))[0];
  await trail.record(transaction, tenantId, [accountDisabledChanged(id, disabled, atMs)]);
  return changed;
}

export function readAccounts(transaction: Transaction, ids: readonly string[]): Promise<readonly AccountRow[]> {
  return transaction.rows<AccountRow>(ACCOUNTS_BY_ID, [ids]);
}

export async function readAccountByKey(transaction: Transaction, keyHash: string, atMs: number): Promise<AccountRow | undefined> {
  return (await transaction.rows<AccountRow>(ACCOUNT_BY_KEY, [keyHash, atMs]))[0];
}
