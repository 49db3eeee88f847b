/**
 * What people read of the ledger: lists and single rows of what belongs to tenants. Each takes a reach, and what is beyond it
 * is not there: in SQL it is read under row security as that tenant, so that a statement that forgets to ask shows nothing.
 *
 * Lists go newest first (accounts and tenants by id), by keyset pages: rows that come meanwhile neither shift nor double
 * anything. What a filter asks beside owner and time is held against a bounded number of rows a page, so that no question keeps
 * a commit waiting: a page may be short, or empty, and still have a next.
 */
import type { Reach } from '../../access/principal.js';
import type { SignalState } from '../../signals/signal.js';
import type { AuditAnchor, AuditEntry, AuditHead } from '../audit/audit.js';
import type { BalanceRow, RiskEventRow, Severity } from './history.js';
import type { AccountRow, DealRow, ExecutionRow, Outcome, Page, RefusalRow, SignalRow, TenantRow } from './ledger.js';

/** Which part of a list: what follows a cursor, and how many rows at most. */
export interface PageWish {
  readonly after?: string | undefined;
  readonly most: number;
}

/** Whose rows, within the reach; and of which time: from `fromMs` to before `toMs`. */
export interface Wanted {
  readonly tenantId?: string | undefined;
  readonly accountId?: string | undefined;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

export interface SignalsWanted extends Wanted {
  readonly symbol?: string | undefined;
  readonly state?: SignalState | undefined;
}

export interface RefusalsWanted extends Wanted {
  readonly symbol?: string | undefined;
  readonly reason?: string | undefined;
}

export interface ExecutionsWanted extends Wanted {
  readonly outcome?: Outcome | undefined;
}

export interface DealsWanted extends Wanted {
  readonly symbol?: string | undefined;
}

export interface RiskEventsWanted extends Wanted {
  readonly kind?: string | undefined;
  readonly severity?: Severity | undefined;
}

export interface AuditWanted extends Pick<Wanted, 'tenantId'> {
  readonly kind?: string | undefined;
  /** Id of a signal, account or tenant; ticket of a deal. */
  readonly subject?: string | undefined;
}

/** An account without what its keys are known by. */
export type ShownAccount = Omit<AccountRow, 'keyHash' | 'previousKeyHash'>;

/** A signal with all that is kept of its life. */
export interface SignalLife {
  readonly signal: SignalRow;
  /** JSON of what its decision was made of; null where that was not kept, or has left for the archive. */
  readonly lineage: string | null;
  /** In the order in which its EA told them. */
  readonly executions: readonly ExecutionRow[];
  /** By the broker's time. */
  readonly deals: readonly DealRow[];
  /** Signals that close its position. */
  readonly closes: readonly SignalRow[];
  /** Entries of the audit log about it, in the order of time. */
  readonly told: readonly AuditEntry[];
}

export interface BalancesWanted {
  readonly accountId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The span is cut into so many equal parts, and each shows the newest row in it. */
  readonly points: number;
}

export interface ChainRows {
  readonly anchors: AuditAnchor;
  readonly heads: AuditHead;
  readonly entries: AuditEntry;
}
export type ChainPart = keyof ChainRows;

export interface LedgerReads {
  tenants(reach: Reach, page: PageWish): Promise<Page<TenantRow>>;
  tenant(reach: Reach, id: string): Promise<TenantRow | undefined>;
  accounts(reach: Reach, wanted: Pick<Wanted, 'tenantId'>, page: PageWish): Promise<Page<ShownAccount>>;
  account(reach: Reach, id: string): Promise<ShownAccount | undefined>;
  /** By when they were made. */
  signals(reach: Reach, wanted: SignalsWanted, page: PageWish): Promise<Page<SignalRow>>;
  signal(reach: Reach, id: string): Promise<SignalLife | undefined>;
  /** By the end of the candle that decided. */
  refusals(reach: Reach, wanted: RefusalsWanted, page: PageWish): Promise<Page<RefusalRow>>;
  /** By when they were done. */
  executions(reach: Reach, wanted: ExecutionsWanted, page: PageWish): Promise<Page<ExecutionRow>>;
  /** By the broker's time. */
  deals(reach: Reach, wanted: DealsWanted, page: PageWish): Promise<Page<DealRow>>;
  riskEvents(reach: Reach, wanted: RiskEventsWanted, page: PageWish): Promise<Page<RiskEventRow>>;
  /** Chain by chain, the newest first; of one tenant's subject, by time. Nothing for whoever reaches an account alone. */
  audit(reach: Reach, wanted: AuditWanted, page: PageWish): Promise<Page<AuditEntry>>;
  /** The log as a verifier reads it, oldest first: anchors, then heads, then entries. Nothing for whoever reaches an account alone. */
  auditChain<P extends ChainPart>(reach: Reach, part: P, page: PageWish): Promise<Page<ChainRows[P]>>;
  /** By time, oldest first. */
  balances(reach: Reach, wanted: BalancesWanted): Promise<readonly BalanceRow[]>;
}
