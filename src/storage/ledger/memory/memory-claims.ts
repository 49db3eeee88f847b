/** An account's owner is changed by a HELLO, and what the new one must take up is read: the in-memory ledger's way. */
import { DAY_MS, spanStart } from '../../../accounts/allowances.js';
import { LIMITS } from '../../../limits.js';
import { accountClaimed } from '../../audit/events.js';
import { BOOKED_DAYS, CHARGED_DAYS } from '../claim.js';
import type { AccountRow, BookedDay, ChargedLots, Claimed, HelloClaim } from '../ledger.js';
import type { MemoryAudit } from './memory-audit.js';
import { keyValid } from './memory-catalogue.js';
import type { MemoryCommands } from './memory-commands.js';
import type { MemorySignals } from './memory-signals.js';
import type { Journal, MemoryTables } from './memory-tables.js';
import { copy, inOrder, type Key, keyOf } from './row-keys.js';

/** A sum of doubles as the sum of the decimals that they stand for. */
const exact = (sum: number): number => Number(sum.toFixed(8)) + 0;

export interface MemoryParts {
  readonly signals: MemorySignals;
  readonly commands: MemoryCommands;
  readonly audit: MemoryAudit;
}

export class MemoryClaims {
  readonly #tables: MemoryTables;
  readonly #parts: MemoryParts;

  constructor(tables: MemoryTables, parts: MemoryParts) {
    this.#tables = tables;
    this.#parts = parts;
  }

  claim(hello: HelloClaim, journal: Journal): Claimed {
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
    this.#parts.audit.tell(account.tenantId, accountClaimed(taken, hello.atMs), journal);
    const open = this.#parts.signals.openOf(taken);
    return {
      kind: 'claimed',
      account: taken,
      open,
      commands: this.#parts.commands.openOf(taken, open),
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
    const opened = this.#parts.signals.ofAccount(account).filter(({ kind, createdAt }) => kind === 'OPEN' && createdAt >= fromMs);
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

  #takeovers(account: AccountRow, atMs: number): number {
    let count = 0;
    let earlier: HelloClaim | undefined;
    const { sessions } = this.#tables;
    const leaps = this.#tables.leaps.get(account.id) ?? [];
    for (let epoch = 1; epoch <= account.epoch; epoch++) {
      const session = sessions.get(keyOf(account.id, epoch));
      // An epoch without a session: the key was changed, or the ledger restored.
      if (session === undefined) {
        epoch = leaps.find(({ afterEpoch }) => afterEpoch === epoch - 1)?.epoch ?? epoch;
        continue;
      }
      const inWindow = session.atMs > atMs - LIMITS.session.takeoverWindowMs;
      if (inWindow && earlier !== undefined && session.instance !== earlier.instance) count += 1;
      earlier = session;
    }
    return count;
  }
}
