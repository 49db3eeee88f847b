/**
 * What analytics gives to the archive. Its tables forget by themselves and by their own clock, so nothing is taken out here:
 * rows are read while they are still there, and each leaves by the table's own period, which is the slack of
 * `schema/retention.json` longer than the one after which it is archived.
 */
import type { ArchivedRows } from './rows-file.js';

/** Rows of one kind and tenant from an instant up to, not including, another. */
export interface SeriesSpan {
  readonly kind: string;
  /** '' where rows have no tenant, and for the node's own. */
  readonly tenantId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A UTC day that has rows. */
export interface SeriesDay extends SeriesSpan {
  readonly rows: number;
}

export interface AgingSeries {
  /** `analytics.ticks`, `logs.info`: as the table of periods has them. */
  readonly kinds: readonly string[];
  /** Of the clock that the tables forget by. */
  nowMs(): Promise<number>;
  /** Those that had ended by then, the oldest first. */
  days(kind: string, beforeMs: number): Promise<readonly SeriesDay[]>;
  /** A span, or the parts of it that have no more rows than an object takes; none that is empty. */
  parts(span: SeriesSpan): Promise<readonly SeriesSpan[]>;
  rows(span: SeriesSpan): Promise<ArchivedRows>;
  count(span: SeriesSpan): Promise<number>;
  /** Rows stay for so long from now on; answers how many were not there. */
  putBack(archived: ArchivedRows, forMs: number): Promise<number>;
}
