import type { AnalyticsStore } from './analytics.js';
import type { AnswerRow } from './named-query.js';
import { BROKER_FILLS, BROKER_PRICES, BROKER_REJECTS } from './queries/broker-comparison.js';
import { TenantKey } from './tenant-key.js';

export interface BrokersQuestion {
  readonly tenant: string;
  /** None are all. */
  readonly symbols: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface BrokersCompared {
  readonly prices: readonly AnswerRow<typeof BROKER_PRICES>[];
  readonly fills: readonly AnswerRow<typeof BROKER_FILLS>[];
  readonly rejects: readonly AnswerRow<typeof BROKER_REJECTS>[];
}

/** The brokers of a tenant's accounts beside each other. */
export async function brokersCompared(
  store: Pick<AnalyticsStore, 'query'>,
  { tenant, ...span }: BrokersQuestion,
): Promise<BrokersCompared> {
  const key = TenantKey.of(tenant);
  const prices = await store.query(key, BROKER_PRICES, span);
  const fills = await store.query(key, BROKER_FILLS, span);
  return { prices, fills, rejects: await store.query(key, BROKER_REJECTS, span) };
}
