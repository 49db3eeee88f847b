/** Opens the analytics store that the settings name. */
import { join } from 'node:path';
import { SuhoError } from '../../errors.js';
import type { Timers } from '../../runtime/clock.js';
import type { AnalyticsStore } from './analytics.js';
import { ChdbEngine } from './chdb-engine.js';
import { ClickHouseEngine } from './clickhouse-engine.js';
import { SqlAnalytics } from './sql-analytics.js';

export interface OpenAnalyticsOptions {
  /** `embedded`, `off`, or the URL of a ClickHouse server's HTTP interface. */
  readonly analytics: string;
  /** The node's data folder, which the caller has locked. */
  readonly folder: string;
  readonly timers: Timers;
}

/** The store, or a node without one and the sentence that says why. */
export type OpenedAnalytics =
  | { readonly kind: 'open'; readonly store: AnalyticsStore }
  | { readonly kind: 'off'; readonly reason: string };

async function openEmbedded(folder: string, timers: Timers): Promise<OpenedAnalytics> {
  try {
    const engine = await ChdbEngine.start({ folder: join(folder, 'analytics'), timers });
    return { kind: 'open', store: new SqlAnalytics(engine) };
  } catch (error) {
    // Where the platform has no such library the node does its work all the same; anything else is a fault.
    if (!(error instanceof SuhoError && error.code === 'NOT_FOUND')) throw error;
    return { kind: 'off', reason: error.message };
  }
}

export async function openAnalytics({ analytics, folder, timers }: OpenAnalyticsOptions): Promise<OpenedAnalytics> {
  if (analytics === 'off') return { kind: 'off', reason: 'Analytics is off by its setting.' };
  if (analytics === 'embedded') return openEmbedded(folder, timers);
  return { kind: 'open', store: new SqlAnalytics(new ClickHouseEngine(analytics)) };
}
