/** What may be heard: topics by their names, and who may hear them. Market data is everybody's; the rest has an owner. */
import { allowed, type Principal, reaches } from '../../access/principal.js';
import type { Permission } from '../../access/roles.js';
import type { Timeframe } from '../../market/timeframe.js';

export type TopicKind = 'prices' | 'candles' | 'signals' | 'accounts' | 'alerts' | 'actors' | 'latency';

export interface Topic {
  /** `candles:EURUSD:M15`. */
  readonly name: string;
  readonly kind: TopicKind;
  /** Of prices and candles. */
  readonly symbol?: string;
  /** Of candles. */
  readonly timeframe?: Timeframe;
}

/** Whose a message is: everybody's, the node's, or a tenant's and one of its accounts'. */
export type Owner = 'anyone' | 'node' | { readonly tenantId: string; readonly accountId?: string };

export const NEEDS: Readonly<Record<TopicKind, Permission>> = {
  prices: 'tenants.see',
  candles: 'tenants.see',
  signals: 'tenants.see',
  accounts: 'tenants.see',
  alerts: 'tenants.see',
  actors: 'node.see',
  latency: 'node.see',
};

export interface Market {
  readonly symbols: readonly string[];
  readonly timeframes: readonly Timeframe[];
  /** The symbols that a tenant has. */
  subscribedBy(tenantId: string): ReadonlySet<string>;
}

/** Undefined where there is no such topic. */
export function readTopic(name: string, { symbols, timeframes }: Market): Topic | undefined {
  const [kind, symbol, timeframe, ...more] = name.split(':');
  if (more.length > 0 || kind === undefined || !Object.hasOwn(NEEDS, kind)) return undefined;
  const known = kind as TopicKind;
  if (known !== 'prices' && known !== 'candles') return symbol === undefined ? { name, kind: known } : undefined;
  if (symbol === undefined || !symbols.includes(symbol)) return undefined;
  if (known === 'prices') return timeframe === undefined ? { name, kind: known, symbol } : undefined;
  const span = timeframes.find((one) => one === timeframe);
  return span === undefined ? undefined : { name, kind: known, symbol, timeframe: span };
}

export function mayHear(principal: Principal, { kind, symbol }: Topic, market: Market): boolean {
  if (!allowed(principal, NEEDS[kind])) return false;
  const { reach } = principal;
  return symbol === undefined || reach.kind === 'all' || market.subscribedBy(reach.tenantId).has(symbol);
}

/** Of a topic that it may hear, whether this too. */
export function hears(principal: Principal, owner: Owner): boolean {
  if (owner === 'anyone') return true;
  if (owner === 'node') return allowed(principal, 'node.see');
  return reaches(principal.reach, owner.tenantId, owner.accountId);
}
