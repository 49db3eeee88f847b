/** What people read of the ledger's twin: the same rows in the same order, by looking at all of them. */
import { type Reach, reaches } from '../../../access/principal.js';
import type { AuditEntry } from '../../audit/audit.js';
import type { BalanceRow, RiskEventRow } from '../history.js';
import type { AccountRow, DealRow, ExecutionRow, Page, RefusalRow, SignalRow, TenantRow } from '../ledger.js';
import type { MemoryTables, Table } from './memory-tables.js';
import { copy, decisionKey, inOrder } from './row-keys.js';
import { encodeCursor, type KeyKind, keyOfList } from '../pages.js';
import type {
  AuditWanted,
  BalancesWanted,
  ChainPart,
  ChainRows,
  DealsWanted,
  ExecutionsWanted,
  LedgerReads,
  PageWish,
  RefusalsWanted,
  RiskEventsWanted,
  ShownAccount,
  SignalLife,
  SignalsWanted,
  Wanted,
} from '../reads.js';

type KeyValue = string | number;

interface TwinList<Row> {
  readonly name: string;
  readonly key: (row: Row) => readonly KeyValue[];
  readonly like: readonly KeyKind[];
  readonly descending?: boolean;
  readonly time?: (row: Row) => number;
}

const ticket = (deal: string): string => deal.padStart(20, '0');

const TENANTS: TwinList<TenantRow> = { name: 'tenants', key: ({ id }) => [id], like: ['text'] };
const ACCOUNTS: TwinList<AccountRow> = { name: 'accounts', key: ({ id }) => [id], like: ['uuid'] };
const SIGNALS: TwinList<SignalRow> = {
  name: 'signals',
  key: ({ createdAt, id }) => [createdAt, id],
  like: ['number', 'uuid'],
  descending: true,
  time: ({ createdAt }) => createdAt,
};
const REFUSALS: TwinList<RefusalRow> = {
  name: 'refusals',
  key: (row) => [row.closeTime, row.accountId, row.strategy, row.symbol, row.timeframe, row.direction],
  like: ['number', 'uuid', 'text', 'text', 'text', 'text'],
  descending: true,
  time: ({ closeTime }) => closeTime,
};
const EXECUTIONS: TwinList<ExecutionRow> = {
  name: 'executions',
  key: ({ doneAt, signalId, attempt, outcome }) => [doneAt, signalId, attempt, outcome],
  like: ['number', 'uuid', 'number', 'text'],
  descending: true,
  time: ({ doneAt }) => doneAt,
};
const DEALS: TwinList<DealRow> = {
  name: 'deals',
  key: ({ brokerTime, accountId, deal }) => [brokerTime, accountId, ticket(deal)],
  like: ['number', 'uuid', 'ticket'],
  descending: true,
  time: ({ brokerTime }) => brokerTime,
};
const RISK_EVENTS: TwinList<RiskEventRow> = {
  name: 'risk-events',
  key: ({ atMs, id }) => [atMs, id],
  like: ['number', 'uuid'],
  descending: true,
  time: ({ atMs }) => atMs,
};
const AUDIT: TwinList<AuditEntry> = {
  name: 'audit',
  key: ({ tenantId, writer, seq }) => [tenantId, writer, seq],
  like: ['text', 'number', 'number'],
  descending: true,
};
const AUDIT_OF_SUBJECT: TwinList<AuditEntry> = {
  name: 'audit-of-subject',
  key: ({ atMs, writer, seq }) => [atMs, writer, seq],
  like: ['number', 'number', 'number'],
  descending: true,
};

const CHAIN: { readonly [P in ChainPart]: TwinList<ChainRows[P]> } = {
  anchors: { name: 'audit-anchors', key: ({ tenantId, seq }) => [tenantId, seq], like: ['text', 'number'] },
  heads: { name: 'audit-heads', key: ({ tenantId, writer }) => [tenantId, writer], like: ['text', 'number'] },
  entries: {
    name: 'audit-entries',
    key: ({ tenantId, writer, seq }) => [tenantId, writer, seq],
    like: ['text', 'number', 'number'],
  },
};

function shownAccount({ keyHash: _, previousKeyHash: __, ...shown }: AccountRow): ShownAccount {
  return shown;
}

export class MemoryReads implements LedgerReads {
  readonly #tables: MemoryTables;
  readonly #mustLive: () => void;

  constructor(tables: MemoryTables, mustLive: () => void) {
    this.#tables = tables;
    this.#mustLive = mustLive;
  }

  tenants(reach: Reach, page: PageWish): Promise<Page<TenantRow>> {
    const wanted = ({ id }: TenantRow): boolean => reach.kind === 'all' || reach.tenantId === id;
    return this.#list(TENANTS, this.#tables.tenants, page, wanted);
  }

  async tenant(reach: Reach, id: string): Promise<TenantRow | undefined> {
    return (await this.tenants(reach, { most: Number.MAX_SAFE_INTEGER })).rows.find((row) => row.id === id);
  }

  async accounts(reach: Reach, { tenantId }: Pick<Wanted, 'tenantId'>, page: PageWish): Promise<Page<ShownAccount>> {
    const wanted = (row: AccountRow): boolean =>
      reaches(reach, row.tenantId, row.id) && (tenantId === undefined || row.tenantId === tenantId);
    const listed = await this.#list(ACCOUNTS, this.#tables.accounts, page, wanted);
    return { ...listed, rows: listed.rows.map(shownAccount) };
  }

  async account(reach: Reach, id: string): Promise<ShownAccount | undefined> {
    return (await this.accounts(reach, {}, { most: Number.MAX_SAFE_INTEGER })).rows.find((row) => row.id === id);
  }

  signals(reach: Reach, wanted: SignalsWanted, page: PageWish): Promise<Page<SignalRow>> {
    return this.#owned(SIGNALS, this.#tables.signals, { reach, wanted, page });
  }

  refusals(reach: Reach, wanted: RefusalsWanted, page: PageWish): Promise<Page<RefusalRow>> {
    return this.#owned(REFUSALS, this.#tables.refusals, { reach, wanted, page });
  }

  executions(reach: Reach, wanted: ExecutionsWanted, page: PageWish): Promise<Page<ExecutionRow>> {
    return this.#owned(EXECUTIONS, this.#tables.executions, { reach, wanted, page });
  }

  deals(reach: Reach, wanted: DealsWanted, page: PageWish): Promise<Page<DealRow>> {
    return this.#owned(DEALS, this.#tables.deals, { reach, wanted, page });
  }

  riskEvents(reach: Reach, wanted: RiskEventsWanted, page: PageWish): Promise<Page<RiskEventRow>> {
    return this.#owned(RISK_EVENTS, this.#tables.riskEvents, { reach, wanted, page });
  }

  audit(reach: Reach, { tenantId, kind, subject }: AuditWanted, page: PageWish): Promise<Page<AuditEntry>> {
    const wanted = (row: AuditEntry): boolean =>
      reach.kind !== 'account' &&
      reaches(reach, row.tenantId) &&
      (tenantId === undefined || row.tenantId === tenantId) &&
      (kind === undefined || row.kind === kind) &&
      (subject === undefined || row.subject === subject);
    const ofOne = subject !== undefined && (reach.kind === 'tenant' || tenantId !== undefined);
    return this.#list(ofOne ? AUDIT_OF_SUBJECT : AUDIT, this.#tables.audit, page, wanted);
  }

  auditChain<P extends ChainPart>(reach: Reach, part: P, page: PageWish): Promise<Page<ChainRows[P]>> {
    const { auditAnchors: anchors, auditHeads: heads, audit: entries } = this.#tables;
    const tables = { anchors, heads, entries } as { readonly [Part in ChainPart]: Table<ChainRows[Part]> };
    const wanted = ({ tenantId }: ChainRows[P]): boolean => reach.kind !== 'account' && reaches(reach, tenantId);
    const list: TwinList<ChainRows[P]> = CHAIN[part];
    return this.#list<ChainRows[P]>(list, tables[part] as Table<ChainRows[P]>, page, wanted);
  }

  async signal(reach: Reach, id: string): Promise<SignalLife | undefined> {
    this.#mustLive();
    const { signals, executions, deals, lineage, audit } = this.#tables;
    const signal = signals.get(id);
    if (signal === undefined || !reaches(reach, signal.tenantId, signal.accountId)) return undefined;
    const { tenantId } = signal;
    const sorted = <Row>(rows: readonly Row[], key: (row: Row) => readonly KeyValue[]): Row[] =>
      rows.toSorted((a, b) => inOrder(key(a), key(b)));
    return copy({
      signal,
      lineage: lineage.get(decisionKey(signal))?.body ?? null,
      executions: sorted(
        executions.values().filter(({ signalId }) => signalId === id),
        ({ doneAt, attempt, outcome }) => [doneAt, attempt, outcome],
      ),
      deals: sorted(
        deals.values().filter(({ signalId }) => signalId === id),
        ({ brokerTime, deal }) => [brokerTime, ticket(deal)],
      ),
      closes: sorted(
        signals.values().filter(({ targetId }) => targetId === id),
        ({ seq }) => [seq],
      ),
      told: sorted(
        audit.values().filter((row) => row.subject === id && row.tenantId === tenantId),
        ({ atMs, writer, seq }) => [atMs, writer, seq],
      ),
    });
  }

  async balances(reach: Reach, { accountId, fromMs, toMs, points }: BalancesWanted): Promise<readonly BalanceRow[]> {
    this.#mustLive();
    const newest = new Map<number, BalanceRow>();
    for (const row of this.#tables.balances.values()) {
      if (row.accountId !== accountId || !reaches(reach, row.tenantId, accountId) || row.atMs < fromMs || row.atMs >= toMs)
        continue;
      // The part whose beginning, as a whole number, is not behind the row.
      const begins = (part: number): number => fromMs + Math.floor(((toMs - fromMs) * part) / points);
      let part = Math.min(points - 1, Math.floor(((row.atMs - fromMs) * points) / (toMs - fromMs)));
      while (part + 1 < points && begins(part + 1) <= row.atMs) part += 1;
      if ((newest.get(part)?.atMs ?? -1) <= row.atMs) newest.set(part, row);
    }
    return copy([...newest.values()].toSorted((a, b) => a.atMs - b.atMs));
  }

  #owned<Row extends { readonly tenantId: string; readonly accountId: string }>(
    list: TwinList<Row>,
    table: Table<Row>,
    { reach, wanted, page }: { readonly reach: Reach; readonly wanted: Wanted; readonly page: PageWish },
  ): Promise<Page<Row>> {
    const { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER, ...equal } = wanted;
    const asked = Object.entries(equal).filter(([, value]) => value !== undefined);
    return this.#list(list, table, page, (row) => {
      const atMs = list.time?.(row) ?? fromMs;
      const fits = asked.every(([field, value]) => (row as unknown as Readonly<Record<string, unknown>>)[field] === value);
      return fits && atMs >= fromMs && atMs < toMs && reaches(reach, row.tenantId, row.accountId);
    });
  }

  async #list<Row>(
    list: TwinList<Row>,
    table: Table<Row>,
    { after, most }: PageWish,
    wanted: (row: Row) => boolean,
  ): Promise<Page<Row>> {
    this.#mustLive();
    const turn = list.descending ? -1 : 1;
    const begin = after === undefined ? undefined : keyOfList(list.name, list.like, after);
    const rows = table
      .values()
      .filter((row) => wanted(row) && (begin === undefined || turn * inOrder(list.key(row), begin) > 0))
      .toSorted((a, b) => turn * inOrder(list.key(a), list.key(b)));
    const shown = rows.slice(0, most);
    const last = shown.at(-1);
    const page = { rows: copy(shown) };
    return rows.length > most && last !== undefined ? { ...page, next: encodeCursor([list.name, ...list.key(last)]) } : page;
  }
}
