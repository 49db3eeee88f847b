/**
 * The analytics store: what is looked at afterwards and never waited for by a decision. One interface, two engines under one
 * contract suite: ClickHouse over HTTP, and chDB, the same engine in a child process, on a folder. Both run the same SQL.
 *
 * A row has a natural key (its table's ORDER BY); rows of one key count once, the newest insert first. So an insert may be
 * repeated, whole or in part, as often as it takes.
 */
import type { AgingSeries } from '../archive/aging-series.js';
import type { AnswerRow, NamedQuery, ParametersOf } from './named-query.js';
import type { RowOf, TableName } from './tables.js';
import type { TenantKey } from './tenant-key.js';

/** Rows of one table as text, one line each, every line ended: see `rows.ts`. */
export interface RowText {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly lines: string;
  /** Of the batch, the same on every retry and of no other batch: the engine knows one that it has, and takes it once. */
  readonly token?: string;
}

export interface AnalyticsStore {
  /** Applies what is missing of `schema/analytics`; safe twice and safe at once. Answers the names applied. */
  migrate(): Promise<readonly string[]>;
  /** Durable when it resolves, as far as the engine goes. */
  insert<T extends TableName>(table: T, rows: readonly RowOf<T>[]): Promise<void>;
  /** The same, of rows that were made into text before. */
  insertText(rows: RowText): Promise<void>;
  /** Sees the tenant's rows, the market's, and what is shared; nothing else, whatever the query says. */
  query<Q extends NamedQuery>(tenant: TenantKey, query: Q, parameters: ParametersOf<Q>): Promise<readonly AnswerRow<Q>[]>;
  /** What of it goes to the archive, of all tenants. */
  readonly series: AgingSeries;
  /** Why the newest call failed; undefined while all is well. */
  readonly fault: string | undefined;
  /** The engine's own version, for a person. */
  ping(): Promise<string>;
  close(): Promise<void>;
}
