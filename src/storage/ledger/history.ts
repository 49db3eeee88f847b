/**
 * What the ledger keeps of accounts and tenants beside the decision path: balances, reached limits, usage. Rows come in
 * batches that may come again; each is stored once (docs/decisions/0020).
 */
import type { Page } from './ledger.js';

/** An account's money as its EA told it. */
export interface BalanceRow {
  readonly tenantId: string;
  readonly accountId: string;
  readonly atMs: number;
  readonly balance: number;
  readonly equity: number;
  readonly margin: number;
  readonly marginFree: number;
  /** Percent; null while nothing is open. */
  readonly marginLevel: number | null;
  readonly floatingProfit: number;
  readonly dailyProfit: number;
  readonly drawdownPercent: number;
  readonly openPositions: number;
  readonly pendingOrders: number;
  /** Null in rows from before it was kept. */
  readonly highestEquity: number | null;
  /** Ticket of the newest deposit or withdrawal that the drawdown is corrected for; '0' for none. */
  readonly newestMovement: string | null;
}

export type Severity = 'info' | 'warning' | 'critical';

/** A limit that was reached, and what was done. */
export interface RiskEventRow {
  /** UUID; the same event has the same. */
  readonly id: string;
  readonly tenantId: string;
  readonly accountId: string;
  readonly atMs: number;
  readonly kind: string;
  readonly severity: Severity;
  readonly sentence: string;
  readonly limitValue: number | null;
  readonly currentValue: number | null;
  readonly action: string | null;
}

/** The events that say whether an account's EA is there. */
export const PRESENCE_EVENTS = ['ea-silent', 'ea-back', 'ea-goodbye'] as const;
export type PresenceEvent = (typeof PRESENCE_EVENTS)[number];

/** What the ledger knows of whether an account's EA is there; of one that has had a session. */
export interface PresenceRow {
  readonly accountId: string;
  readonly tenantId: string;
  /** The account's; beyond that of its newest session where an operator has ended that. */
  readonly epoch: number;
  /** Of the newest session, and when it began. */
  readonly sessionEpoch: number;
  readonly claimedAt: number;
  /** When the newest money that was kept was told. */
  readonly toldAt: number | null;
  /** The newest event of its kind. */
  readonly event: PresenceEvent | null;
  readonly eventAt: number | null;
}

/** What a tenant used within an hour. Written, it is added to what is there. */
export interface UsageRow {
  readonly tenantId: string;
  readonly hourMs: number;
  readonly what: string;
  readonly amount: number;
}

export interface HistoryRows {
  readonly balances: BalanceRow;
  readonly riskEvents: RiskEventRow;
  readonly usage: UsageRow;
}
export type HistoryTable = keyof HistoryRows;
export const HISTORY_TABLES: readonly HistoryTable[] = ['balances', 'riskEvents', 'usage'];

/** A row at its place among all that its writer took. */
export type PlacedRow = {
  readonly [Table in HistoryTable]: { readonly table: Table; readonly place: number; readonly row: HistoryRows[Table] };
}[HistoryTable];

export interface HistoryBatch {
  /** UUID of who numbered the rows. */
  readonly writer: string;
  readonly atMs: number;
  /** By place; of no more tenants than a commit may be of. */
  readonly rows: readonly PlacedRow[];
}

export interface HistoryStore {
  /**
   * Stores, in one transaction, the rows whose places lie behind what is stored of their tenant and writer. What a row names
   * wrongly (an account that the tenant has not, an amount below 0) refuses the whole batch with INPUT_INVALID, nothing stored.
   */
  storeHistory(batch: HistoryBatch): Promise<void>;
  /** The newest row of each account that has one. */
  newestBalances(accountIds: readonly string[]): Promise<readonly BalanceRow[]>;
  /** By time, from `fromMs` to before `toMs`; no more than a page. */
  balancesOf(accountId: string, fromMs: number, toMs: number): Promise<readonly BalanceRow[]>;
  /** By account. */
  presence(accountIds: readonly string[]): Promise<readonly PresenceRow[]>;
  listRiskEvents(after?: string): Promise<Page<RiskEventRow>>;
  /** What tenants used in hours that began at `fromMs` or later. */
  usageSince(tenantIds: readonly string[], fromMs: number): Promise<readonly UsageRow[]>;
  listUsage(after?: string): Promise<Page<UsageRow>>;
}
