/** What people read, in SQL: as the tenant whose rows they are, or as who sees all and writes nothing. */
import type { Reach } from '../../access/principal.js';
import type { AuditEntry } from '../audit/audit.js';
import {
  ACCOUNT_COLUMNS,
  ANCHOR_COLUMNS,
  BALANCE_COLUMNS,
  DEAL_COLUMNS,
  ENTRY_COLUMNS,
  EXECUTION_COLUMNS,
  HEAD_COLUMNS,
  REFUSAL_COLUMNS,
  RISK_EVENT_COLUMNS,
  SIGNAL_COLUMNS,
  type StoredSignal,
  selectList,
  TENANT_COLUMNS,
} from './columns.js';
import { toRow } from './commit-plan.js';
import { readExplained } from './explained.js';
import type { BalanceRow, RiskEventRow } from './history.js';
import type { DealRow, ExecutionRow, Page, RefusalRow, SignalRow, TenantRow } from './ledger.js';
import { LIMITS } from '../../limits.js';
import { isUuid } from './op-shape.js';
import { type Owner, ownerOf } from './read-owner.js';
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
} from './reads.js';
import { type ListQuestion, type Road, RoadList } from './road-list.js';
import type { Statement, Transaction, Transactions } from './transaction.js';

const { keyHash: _, previousKeyHash: __, ...SHOWN_ACCOUNT } = ACCOUNT_COLUMNS;

const TENANTS = new RoadList<TenantRow>({
  name: 'tenants',
  table: 'tenants',
  columns: TENANT_COLUMNS,
  key: ['id'],
  descending: false,
  filters: [],
});
const ACCOUNTS = new RoadList<ShownAccount>({
  name: 'accounts',
  table: 'accounts',
  columns: SHOWN_ACCOUNT,
  key: ['id'],
  descending: false,
  filters: [],
});
const SIGNALS = new RoadList<StoredSignal>({
  name: 'signals',
  table: 'signals',
  columns: SIGNAL_COLUMNS,
  key: ['createdAt', 'id'],
  descending: true,
  time: 'createdAt',
  filters: ['symbol', 'state'],
});
const REFUSALS = new RoadList<RefusalRow>({
  name: 'refusals',
  table: 'signal_refusals',
  columns: REFUSAL_COLUMNS,
  key: ['closeTime', 'accountId', 'strategy', 'symbol', 'timeframe', 'direction'],
  descending: true,
  time: 'closeTime',
  filters: ['symbol', 'reason'],
});
const EXECUTIONS = new RoadList<ExecutionRow>({
  name: 'executions',
  table: 'executions',
  columns: EXECUTION_COLUMNS,
  key: ['doneAt', 'signalId', 'attempt', 'outcome'],
  descending: true,
  time: 'doneAt',
  filters: ['outcome'],
});
const DEALS = new RoadList<DealRow>({
  name: 'deals',
  table: 'deals',
  columns: DEAL_COLUMNS,
  key: ['brokerTime', 'accountId', 'deal'],
  descending: true,
  time: 'brokerTime',
  filters: ['symbol'],
});
const RISK_EVENTS = new RoadList<RiskEventRow>({
  name: 'risk-events',
  table: 'risk_events',
  columns: RISK_EVENT_COLUMNS,
  key: ['atMs', 'id'],
  descending: true,
  time: 'atMs',
  filters: ['kind', 'severity'],
});
const AUDIT = new RoadList<AuditEntry>({
  name: 'audit',
  table: 'audit_entries',
  columns: ENTRY_COLUMNS,
  key: ['tenantId', 'writer', 'seq'],
  descending: true,
  filters: ['kind', 'subject'],
});
const AUDIT_OF_SUBJECT = new RoadList<AuditEntry>({
  name: 'audit-of-subject',
  table: 'audit_entries',
  columns: ENTRY_COLUMNS,
  key: ['atMs', 'writer', 'seq'],
  descending: true,
  filters: ['kind'],
});

const CHAIN: { readonly [P in ChainPart]: RoadList<ChainRows[P]> } = {
  anchors: new RoadList({
    name: 'audit-anchors',
    table: 'audit_anchors',
    columns: ANCHOR_COLUMNS,
    key: ['tenantId', 'seq'],
    descending: false,
    filters: [],
  }),
  heads: new RoadList({
    name: 'audit-heads',
    table: 'audit_heads',
    columns: HEAD_COLUMNS,
    key: ['tenantId', 'writer'],
    descending: false,
    filters: [],
  }),
  entries: new RoadList({
    name: 'audit-entries',
    table: 'audit_entries',
    columns: ENTRY_COLUMNS,
    key: ['tenantId', 'writer', 'seq'],
    descending: false,
    filters: [],
  }),
};

const MOST = LIMITS.ledger.pageRows;
const EXECUTIONS_OF_SIGNAL: Statement = {
  name: 'executions-of-signal',
  text: `SELECT ${selectList(EXECUTION_COLUMNS)} FROM executions WHERE signal_id = $1 ORDER BY done_at_ms, attempt, outcome LIMIT ${MOST}`,
};
const DEALS_OF_SIGNAL: Statement = {
  name: 'deals-of-signal',
  text: `SELECT ${selectList(DEAL_COLUMNS)} FROM deals WHERE signal_id = $1 ORDER BY broker_time_ms, ticket LIMIT ${MOST}`,
};
const CLOSES_OF_SIGNAL: Statement = {
  name: 'closes-of-signal',
  text: `SELECT ${selectList(SIGNAL_COLUMNS)} FROM signals WHERE target_id = $1 ORDER BY seq LIMIT ${MOST}`,
};
const TOLD_OF: Statement = {
  name: 'told-of',
  text: `SELECT ${selectList(ENTRY_COLUMNS)} FROM audit_entries WHERE tenant_id = $1 AND subject = $2
    ORDER BY at_ms, writer, seq LIMIT ${MOST}`,
};
const OF_PARTS: Statement = {
  name: 'balances-of-parts',
  text: `SELECT newest.* FROM generate_series(0, $4::integer - 1) AS part CROSS JOIN LATERAL (
      SELECT ${selectList(BALANCE_COLUMNS)} FROM balances WHERE account_id = $1
        AND at_ms >= $2::bigint + ($3::bigint - $2::bigint) * part / $4::integer
        AND at_ms < $2::bigint + ($3::bigint - $2::bigint) * (part + 1) / $4::integer
      ORDER BY at_ms DESC LIMIT 1) AS newest ORDER BY part`,
};

/** By which column a list is of its owner. */
function roadOf<Row>(owner: Owner, tenant: keyof Row & string, account: keyof Row & string): Road<Row> {
  if (owner.kind === 'account') return { [account]: owner.accountId } as Road<Row>;
  return (owner.kind === 'tenant' ? { [tenant]: owner.tenantId } : {}) as Road<Row>;
}

export class SqlReads implements LedgerReads {
  readonly #transactions: Transactions;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  tenants(reach: Reach, page: PageWish): Promise<Page<TenantRow>> {
    const owner = ownerOf(reach, {});
    const road: Road<TenantRow> = owner.kind === 'tenant' || owner.kind === 'account' ? { id: owner.tenantId as string } : {};
    return this.#list(TENANTS, owner, { road, filters: {}, page });
  }

  async tenant(reach: Reach, id: string): Promise<TenantRow | undefined> {
    const owner = ownerOf(reach, { tenantId: id });
    return (await this.#list(TENANTS, owner, { road: { id }, filters: {}, page: { most: 1 } })).rows[0];
  }

  accounts(reach: Reach, wanted: Pick<Wanted, 'tenantId'>, page: PageWish): Promise<Page<ShownAccount>> {
    const owner = ownerOf(reach, wanted);
    return this.#list(ACCOUNTS, owner, { road: roadOf<ShownAccount>(owner, 'tenantId', 'id'), filters: {}, page });
  }

  async account(reach: Reach, id: string): Promise<ShownAccount | undefined> {
    const owner = ownerOf(reach, { accountId: id });
    return (await this.#list(ACCOUNTS, owner, { road: { id }, filters: {}, page: { most: 1 } })).rows[0];
  }

  async signals(reach: Reach, wanted: SignalsWanted, page: PageWish): Promise<Page<SignalRow>> {
    const listed = await this.#owned(SIGNALS, reach, wanted, page);
    return { ...listed, rows: listed.rows.map(toRow) };
  }

  refusals(reach: Reach, wanted: RefusalsWanted, page: PageWish): Promise<Page<RefusalRow>> {
    return this.#owned(REFUSALS, reach, wanted, page);
  }

  executions(reach: Reach, wanted: ExecutionsWanted, page: PageWish): Promise<Page<ExecutionRow>> {
    return this.#owned(EXECUTIONS, reach, wanted, page);
  }

  deals(reach: Reach, wanted: DealsWanted, page: PageWish): Promise<Page<DealRow>> {
    return this.#owned(DEALS, reach, wanted, page);
  }

  riskEvents(reach: Reach, wanted: RiskEventsWanted, page: PageWish): Promise<Page<RiskEventRow>> {
    return this.#owned(RISK_EVENTS, reach, wanted, page);
  }

  audit(reach: Reach, { tenantId, kind, subject }: AuditWanted, page: PageWish): Promise<Page<AuditEntry>> {
    // Most of what is told is no account's own.
    const owner = reach.kind === 'account' ? ({ kind: 'nobody' } as const) : ownerOf(reach, { tenantId });
    if (owner.kind === 'tenant' && subject !== undefined)
      return this.#list(AUDIT_OF_SUBJECT, owner, { road: { tenantId: owner.tenantId, subject }, filters: { kind }, page });
    const road = owner.kind === 'tenant' ? { tenantId: owner.tenantId } : {};
    return this.#list(AUDIT, owner, { road, filters: { kind, subject }, page });
  }

  auditChain<P extends ChainPart>(reach: Reach, part: P, page: PageWish): Promise<Page<ChainRows[P]>> {
    const owner = reach.kind === 'account' ? ({ kind: 'nobody' } as const) : ownerOf(reach, {});
    const road = (owner.kind === 'tenant' ? { tenantId: owner.tenantId } : {}) as Road<ChainRows[P]>;
    const filters = {} as ListQuestion<ChainRows[P]>['filters'];
    return this.#list<ChainRows[P]>(CHAIN[part], owner, { road, filters, page });
  }

  async signal(reach: Reach, id: string): Promise<SignalLife | undefined> {
    if (!isUuid(id)) return undefined;
    return this.#as(ownerOf(reach, {}), undefined, async (transaction) => {
      const explained = await readExplained(transaction, id);
      if (explained === undefined || (reach.kind === 'account' && explained.signal.accountId !== reach.accountId))
        return undefined;
      const [executions, deals, closes, told] = await Promise.all([
        transaction.rows<ExecutionRow>(EXECUTIONS_OF_SIGNAL, [id]),
        transaction.rows<DealRow>(DEALS_OF_SIGNAL, [id]),
        transaction.rows<StoredSignal>(CLOSES_OF_SIGNAL, [id]),
        transaction.rows<AuditEntry>(TOLD_OF, [explained.signal.tenantId, id]),
      ]);
      return { ...explained, executions, deals, closes: closes.map(toRow), told };
    });
  }

  balances(reach: Reach, { accountId, fromMs, toMs, points }: BalancesWanted): Promise<readonly BalanceRow[]> {
    return this.#as(ownerOf(reach, { accountId }), [], (transaction) =>
      transaction.rows<BalanceRow>(OF_PARTS, [accountId, fromMs, toMs, points]),
    );
  }

  #owned<Row extends { readonly tenantId: string; readonly accountId: string }>(
    list: RoadList<Row>,
    reach: Reach,
    { tenantId, accountId, fromMs, toMs, ...filters }: Wanted & object,
    page: PageWish,
  ): Promise<Page<Row>> {
    const owner = ownerOf(reach, { tenantId, accountId });
    const road = roadOf<Row>(owner, 'tenantId', 'accountId');
    return this.#list(list, owner, { road, fromMs, toMs, filters: filters as ListQuestion<Row>['filters'], page });
  }

  #list<Row extends object>(list: RoadList<Row>, owner: Owner, question: ListQuestion<Row>): Promise<Page<Row>> {
    return this.#as<Page<Row>>(owner, { rows: [] }, (transaction) => list.read(transaction, question));
  }

  /** `none` where nobody’s rows are asked for, or those of what is no account. */
  async #as<T>(owner: Owner, none: T, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (owner.kind === 'nobody' || (owner.kind === 'account' && !isUuid(owner.accountId))) return none;
    const tenantId = owner.kind === 'all' ? null : owner.tenantId;
    if (tenantId === null) return this.#transactions.run('viewer-of-all', work);
    return this.#transactions.run('viewer', (transaction) => {
      transaction.actFor(tenantId);
      return work(transaction);
    });
  }
}
