/** The feed where accounts' quotes are it. */
import type { AccountObserver } from '../actors/account.js';
import { EaFeed } from '../feeds/ea-feed.js';
import { checkFeedAccounts, feedAccounts } from '../feeds/feed-accounts.js';
import type { Clock } from '../runtime/clock.js';
import type { Metrics } from '../runtime/metrics.js';
import type { Bus } from '../storage/bus/bus.js';
import { patternOf, subjectOf } from '../storage/bus/subjects.js';
import type { TenantRow } from '../storage/ledger/ledger.js';
import type { NodeOptions } from './node.js';

export interface OpenedEaFeed {
  readonly feed: EaFeed;
  readonly accounts: readonly string[];
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
  return { feed: new EaFeed({ accounts: named, onSwitch }), accounts: named, owner };
}

/**
 * The EA of an account that is the feed may be connected to any node: whichever has it tells its quotes, so that each node's feed
 * hears them all and the one that polls for all has them.
 */
export function spreadEaFeed(
  { feed, accounts }: OpenedEaFeed,
  node: string,
  bus: Pick<Bus, 'publish' | 'subscribe'>,
): { readonly observer: Pick<AccountObserver, 'quoted'>; readonly close: () => void } {
  const listening = accounts.map((account) =>
    bus.subscribe(patternOf('feed', { account }), ({ payload }) => {
      if (payload.node !== node) feed.quotedBy(account, payload.quotes, payload.atMs);
    }),
  );
  return {
    observer: {
      quoted: ({ account: { id } }, quotes, atMs) => {
        if (accounts.includes(id)) bus.publish(subjectOf('feed', { account: id }), { node, atMs, quotes });
      },
    },
    close: () => {
      for (const one of listening) one.close();
    },
  };
}

export function watchEaFeed(metrics: Metrics, feed: EaFeed, clock: Clock): void {
  metrics.gauge('suho_feed_up', 'Whether the account that is the feed quotes', [], (gauge) =>
    gauge.set(feed.state(clock.nowMs()).ok ? 1 : 0),
  );
  metrics.gauge('suho_feed_quotes', 'What became of quotes of the feed’s accounts, since the start', ['event'], (gauge) => {
    for (const [event, count] of Object.entries(feed.figures)) gauge.set({ event }, count);
  });
}
