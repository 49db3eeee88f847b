/** The feed where accounts' quotes are it. */
import { EaFeed } from '../feeds/ea-feed.js';
import { checkFeedAccounts, feedAccounts } from '../feeds/feed-accounts.js';
import type { Clock } from '../runtime/clock.js';
import type { Metrics } from '../runtime/metrics.js';
import type { TenantRow } from '../storage/ledger/ledger.js';
import type { NodeOptions } from './node.js';

export interface OpenedEaFeed {
  readonly feed: EaFeed;
  /** The only tenant that the node may have. */
  readonly owner: string | undefined;
}

export async function eaFeedOf(
  { config, stores, log }: NodeOptions,
  tenants: readonly TenantRow[],
): Promise<OpenedEaFeed | undefined> {
  const named = feedAccounts(config.feed);
  if (named.length === 0) return undefined;
  const accounts = await stores.ledger.accounts(named);
  const owner = checkFeedAccounts({ named, accounts, tenants, shared: config.feedShared });
  const onSwitch = (accountId: string, fromMs: number): void =>
    log.warn({ accountId, from: new Date(fromMs).toISOString() }, 'another account is the feed');
  return { feed: new EaFeed({ accounts: named, onSwitch }), owner };
}

export function watchEaFeed(metrics: Metrics, feed: EaFeed, clock: Clock): void {
  metrics.gauge('suho_feed_up', 'Whether the account that is the feed quotes', [], (gauge) =>
    gauge.set(feed.state(clock.nowMs()).ok ? 1 : 0),
  );
  metrics.gauge('suho_feed_quotes', 'What became of quotes of the feed’s accounts, since the start', ['event'], (gauge) => {
    for (const [event, count] of Object.entries(feed.figures)) gauge.set({ event }, count);
  });
}
