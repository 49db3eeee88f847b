/** Tenants, accounts and their keys, and those of nodes' tokens, in the in-memory ledger. */
import type { Halt } from '../../../accounts/halt.js';
import type { TradingOverrides } from '../../../accounts/trading-settings.js';
import { SuhoError } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import {
  accountCreated,
  accountDisabledChanged,
  accountKeyChanged,
  accountModeChanged,
  accountTradingChanged,
  accountUnbound,
  tenantChanged,
  tenantCreated,
} from '../../audit/events.js';
import type { NewAccount, TenantChange } from '../catalogue.js';
import type {
  AccountMode,
  AccountRow,
  KeyChange,
  KeyRefusal,
  NewTenant,
  StandingStop,
  TenantRow,
  TokenKeyRow,
} from '../ledger.js';
import type { MemoryAudit } from './memory-audit.js';
import type { MemorySignals } from './memory-signals.js';
import type { Journal, MemoryTables } from './memory-tables.js';
import { copy, inOrder } from './row-keys.js';

export function keyValid({ keyHash, previousKeyHash, previousUntil }: AccountRow, shown: string, atMs: number): boolean {
  return shown === keyHash || (shown === previousKeyHash && atMs < (previousUntil ?? 0));
}

/** Rows whose newest change has a higher number, in the order of the changes. */
function changedSince<Row extends { readonly id: string }>(
  all: readonly Row[],
  numberOf: (id: string) => number | undefined,
  after: number | undefined,
): { readonly rows: readonly Row[]; readonly newest: number } {
  const numbered = all.map((row) => ({ row, number: numberOf(row.id) ?? 0 }));
  if (after === undefined) return { rows: [], newest: Math.max(0, ...numbered.map(({ number }) => number)) };
  const later = numbered.filter(({ number }) => number > after).sort((a, b) => a.number - b.number);
  const shown = later.slice(0, LIMITS.ledger.pageRows);
  return { rows: copy(shown.map(({ row }) => row)), newest: shown.at(-1)?.number ?? after };
}

const TENANT_ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

export class MemoryCatalogue {
  readonly #tables: MemoryTables;
  readonly #signals: MemorySignals;
  readonly #audit: MemoryAudit;

  constructor(tables: MemoryTables, signals: MemorySignals, audit: MemoryAudit) {
    this.#tables = tables;
    this.#signals = signals;
    this.#audit = audit;
  }

  accounts(ids: readonly string[]): readonly AccountRow[] {
    return [...new Set(ids)].sort().flatMap((id) => {
      const account = this.#tables.accounts.get(id);
      return account ? [copy(account)] : [];
    });
  }

  accountByKey(keyHash: string, atMs: number): AccountRow | undefined {
    const account = this.#tables.accounts.get(this.#tables.accountOfKey.get(keyHash) ?? '');
    return account !== undefined && keyValid(account, keyHash, atMs) ? copy(account) : undefined;
  }

  changedAccounts(after?: number): { readonly rows: readonly AccountRow[]; readonly newest: number } {
    const { accounts, accountChanges } = this.#tables;
    return changedSince(accounts.values(), (id) => accountChanges.get(id), after);
  }

  changedTenants(after?: number): { readonly rows: readonly TenantRow[]; readonly newest: number } {
    const { tenants, tenantChanges } = this.#tables;
    return changedSince(tenants.values(), (id) => tenantChanges.get(id), after);
  }

  emergencyStop(): StandingStop {
    const { counters, emergencyStop } = this.#tables;
    return copy({ stopped: emergencyStop.get('one') ?? null, change: counters.get('emergency_stop') ?? 0 });
  }

  setEmergencyStop(stopped: Halt | null, after: number, journal: Journal): StandingStop {
    const { counters, emergencyStop } = this.#tables;
    if ((counters.get('emergency_stop') ?? 0) === after) {
      counters.put('emergency_stop', after + 1, journal);
      emergencyStop.put('one', copy(stopped), journal);
    }
    return this.emergencyStop();
  }

  createTenant(tenant: NewTenant, journal: Journal): 'created' | 'exists' {
    if (this.#tables.tenants.has(tenant.id)) return 'exists';
    if (!TENANT_ID.test(tenant.id)) throw new SuhoError('LEDGER_FAILED', `${tenant.id} cannot be a tenant’s id.`);
    this.#tables.tenants.put(tenant.id, copy({ trading: {}, ...tenant, stopped: null }), journal);
    this.#numberTenantChange(tenant.id, journal);
    this.#audit.tell(tenant.id, tenantCreated(tenant), journal);
    return 'created';
  }

  updateTenant(id: string, change: TenantChange, atMs: number, journal: Journal): TenantRow | undefined {
    const tenant = this.#tables.tenants.get(id);
    if (tenant === undefined) return undefined;
    const changed = { ...tenant, ...copy(change) };
    this.#tables.tenants.put(id, changed, journal);
    this.#numberTenantChange(id, journal);
    this.#audit.tell(id, tenantChanged(id, change, atMs), journal);
    return copy(changed);
  }

  tenants(): readonly TenantRow[] {
    return copy(this.#tables.tenants.values()).sort((a, b) => inOrder([a.id], [b.id]));
  }

  createAccounts(accounts: readonly NewAccount[], journal: Journal): readonly AccountRow[] {
    const stranger = accounts.find(({ tenantId }) => !this.#tables.tenants.has(tenantId));
    if (stranger !== undefined) throw new SuhoError('NOT_FOUND', `There is no tenant ${stranger.tenantId}.`);
    return accounts.map((account) => copy(this.#createAccount(account, journal)));
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
    this.#audit.tell(row.tenantId, accountCreated(account, magicBase), journal);
    return row;
  }

  setAccountMode(id: string, mode: AccountMode, atMs: number, journal: Journal): AccountRow | undefined {
    const account = this.#tables.accounts.get(id);
    if (account === undefined) return undefined;
    this.#tables.accounts.put(id, { ...account, mode }, journal);
    this.#numberChange(id, journal);
    this.#audit.tell(account.tenantId, accountModeChanged(id, mode, atMs), journal);
    return copy({ ...account, mode });
  }

  setAccountTrading(id: string, trading: TradingOverrides, atMs: number, journal: Journal): AccountRow | undefined {
    const account = this.#tables.accounts.get(id);
    if (account === undefined) return undefined;
    const changed = { ...account, trading: copy(trading) };
    this.#tables.accounts.put(id, changed, journal);
    this.#numberChange(id, journal);
    this.#audit.tell(account.tenantId, accountTradingChanged(id, trading, atMs), journal);
    return copy(changed);
  }

  setAccountDisabled(id: string, disabled: Halt | null, atMs: number, journal: Journal): AccountRow | undefined {
    const account = this.#tables.accounts.get(id);
    if (account === undefined) return undefined;
    if ((account.disabled === null) === (disabled === null)) return copy(account);
    const changed = { ...account, disabled: copy(disabled) };
    this.#tables.accounts.put(id, changed, journal);
    this.#numberChange(id, journal);
    this.#audit.tell(account.tenantId, accountDisabledChanged(id, disabled, atMs), journal);
    return copy(changed);
  }

  setAccountKey(id: string, change: KeyChange, atMs: number, journal: Journal): AccountRow | KeyRefusal | undefined {
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
    this.#audit.tell(account.tenantId, accountKeyChanged(changed, change.kind, atMs), journal);
    return copy(changed);
  }

  unbindAccount(id: string, atMs: number, journal: Journal): AccountRow | 'held' | undefined {
    const account = this.#tables.accounts.get(id);
    if (account === undefined) return undefined;
    if (this.#signals.openOf(account).length > 0) return 'held';
    const changed = { ...account, login: null, server: null, currency: null, epoch: account.epoch + 1 };
    this.#tables.accounts.put(id, changed, journal);
    this.#numberChange(id, journal);
    this.#audit.tell(account.tenantId, accountUnbound(account, atMs), journal);
    return copy(changed);
  }

  #numberChange(id: string, journal: Journal): void {
    const { counters, accountChanges } = this.#tables;
    const number = (counters.get('account_change') ?? 0) + 1;
    counters.put('account_change', number, journal);
    accountChanges.put(id, number, journal);
  }

  #numberTenantChange(id: string, journal: Journal): void {
    const { counters, tenantChanges } = this.#tables;
    const number = (counters.get('tenant_change') ?? 0) + 1;
    counters.put('tenant_change', number, journal);
    tenantChanges.put(id, number, journal);
  }

  addTokenKey(key: TokenKeyRow, journal: Journal): void {
    if (!this.#tables.tokenKeys.has(key.id)) this.#tables.tokenKeys.put(key.id, copy(key), journal);
  }

  endTokenKey(id: string, validUntilMs: number, journal: Journal): void {
    const key = this.#tables.tokenKeys.get(id);
    if (key === undefined) return;
    this.#tables.tokenKeys.put(id, { ...key, validUntil: Math.min(key.validUntil, validUntilMs) }, journal);
  }

  tokenKeys(sinceMs: number): readonly TokenKeyRow[] {
    const valid = this.#tables.tokenKeys.values().filter(({ validUntil }) => validUntil > sinceMs);
    return copy(valid.sort((a, b) => inOrder([a.id], [b.id])));
  }
}
