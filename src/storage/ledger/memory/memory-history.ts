/** Balances, risk events and usage in the in-memory ledger, each row once, and when each account's EA was heard last. */
import { SuhoError } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import {
  type BalanceRow,
  type HistoryBatch,
  type PlacedRow,
  PRESENCE_EVENTS,
  type PresenceEvent,
  type PresenceRow,
  type UsageRow,
} from '../history.js';
import type { AccountRow } from '../ledger.js';
import type { Journal, MemoryTables } from './memory-tables.js';
import { copy, keyOf } from './row-keys.js';

export class MemoryHistory {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  store({ writer, rows }: HistoryBatch, journal: Journal): void {
    const { historyMarks } = this.#tables;
    for (const placed of rows) {
      const key = keyOf(placed.row.tenantId, writer);
      if (placed.place <= (historyMarks.get(key) ?? 0)) continue;
      this.#keep(placed, journal);
      historyMarks.put(key, placed.place, journal);
    }
  }

  #keep(placed: PlacedRow, journal: Journal): void {
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

  newestBalances(accountIds: readonly string[]): readonly BalanceRow[] {
    return accountIds.flatMap((id) => {
      const newest = this.#balancesOf(id).at(-1);
      return newest === undefined ? [] : [copy(newest)];
    });
  }

  balancesOf(accountId: string, fromMs: number, toMs: number): readonly BalanceRow[] {
    const rows = this.#balancesOf(accountId).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    return copy(rows.slice(0, LIMITS.ledger.pageRows));
  }

  #balancesOf(accountId: string): readonly BalanceRow[] {
    const rows = this.#tables.balances.values().filter((row) => row.accountId === accountId);
    return rows.sort((a, b) => a.atMs - b.atMs);
  }

  presence(accountIds: readonly string[]): readonly PresenceRow[] {
    return [...new Set(accountIds)].sort().flatMap((id) => {
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
    });
  }

  #newestSession({ id, epoch: newest }: AccountRow): { readonly epoch: number; readonly atMs: number } | undefined {
    for (let epoch = newest; epoch > 0; epoch -= 1) {
      const session = this.#tables.sessions.get(keyOf(id, epoch));
      if (session !== undefined) return { epoch, atMs: session.atMs };
    }
    return undefined;
  }

  usageSince(tenantIds: readonly string[], fromMs: number): readonly UsageRow[] {
    const keyOfRow = ({ tenantId, hourMs, what }: UsageRow): string => `${tenantId} ${String(hourMs).padStart(16, '0')} ${what}`;
    const rows = this.#tables.usage.values().filter((row) => tenantIds.includes(row.tenantId) && row.hourMs >= fromMs);
    return copy(rows.sort((a, b) => (keyOfRow(a) < keyOfRow(b) ? -1 : 1)));
  }
}
