/**
 * Each kind of key, declared once: whose it is, what names it, how long it lives, how it is written. `docs/CACHE.md` shows this
 * table, with the names that the seeds gave the same things. Where the seeds disagree on a time, the one kept is noted there.
 *
 * A time to live bounds what is kept; how old a value may be for a decision is the reader's to check by the instant inside it.
 */
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';
import type { CatalogueVector } from '../../features/feature-stream.js';
import { LIMITS } from '../../limits.js';
import type { Candle } from '../../market/candle.js';
import type { Quote } from '../../market/quote.js';
import type { Tick } from '../../market/tick.js';
import type { AccountMoney } from '../account-told.js';
import type { DealRow, SignalRow } from '../ledger/ledger.js';
import type { Packable } from '../packed.js';
import type { KeyUse } from './cache.js';

/** `market` is shared by all and carries no tenant; `tenant` begins with one. */
export type Scope = 'market' | 'tenant';

export interface KeyKind<V, S extends Scope = Scope, P extends readonly string[] = readonly string[], U extends KeyUse = KeyUse> {
  readonly scope: S;
  readonly parts: P;
  readonly use: U;
  readonly ttlMs: number;
  /** Raised when the value's shape changes: what was written before is a miss. */
  readonly version: number;
  /** Parts in whatever order are the same key. */
  readonly symmetric: boolean;
  readonly holds: string;
  /** The seeds' names for it, as written there. */
  readonly seeds: readonly string[];
  readonly value?: V;
}

interface Spec<P> {
  readonly parts: P;
  readonly ttlMs: number;
  readonly holds: string;
  readonly seeds: readonly string[];
  readonly symmetric?: boolean;
  readonly version?: number;
}

function kind<V>() {
  return <const S extends Scope, const P extends readonly string[]>(scope: S, spec: Spec<P>): KeyKind<V, S, P, 'value'> => ({
    symmetric: false,
    version: 1,
    ...spec,
    scope,
    use: 'value',
  });
}

function counter<const P extends readonly string[]>(spec: Spec<P>): KeyKind<number, 'tenant', P, 'counter'> {
  return { symmetric: false, version: 1, ...spec, scope: 'tenant', use: 'counter' };
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const KEY_KINDS = {
  tick: kind<Tick>()('market', {
    parts: ['symbol'],
    ttlMs: HOUR,
    holds: 'the newest quote of the reference feed',
    seeds: ['tick:latest:{symbol}', '{tenant_id}:tick:latest:{symbol}'],
  }),
  candles: kind<readonly Candle[]>()('market', {
    parts: ['symbol', 'timeframe'],
    ttlMs: HOUR,
    holds: 'the newest closed candles, oldest first',
    seeds: ['candle:latest:{symbol}:{timeframe}', '{tenant_id}:candle:latest:{symbol}:{timeframe}:{limit}'],
  }),
  features: kind<CatalogueVector>()('market', {
    parts: ['symbol', 'timeframe'],
    version: CATALOGUE_VERSION,
    ttlMs: 5 * MINUTE,
    holds: 'all indicators and the regime at the newest close',
    seeds: [
      'indicator:{symbol}:{tf}',
      'indicator:{symbol}:{indicator}',
      '{tenant_id}:indicator:{symbol}:{timeframe}:{timestamp}',
    ],
  }),
  prediction: kind<Packable>()('market', {
    parts: ['symbol', 'timeframe'],
    ttlMs: 15 * MINUTE,
    holds: 'the newest prediction of the shared models',
    seeds: ['prediction:{symbol}:{timeframe}', 'ml_predictions_cache'],
  }),
  correlation: kind<number>()('market', {
    parts: ['symbol', 'other'],
    symmetric: true,
    ttlMs: HOUR,
    holds: 'the correlation of two symbols',
    seeds: ['{tenant_id}:correlation:{symbol1}:{symbol2}'],
  }),
  ownPrediction: kind<Packable>()('tenant', {
    parts: ['symbol', 'timeframe'],
    ttlMs: 15 * MINUTE,
    holds: 'the newest prediction of the tenant’s own models',
    seeds: ['{tenant_id}:prediction:{symbol}:{timestamp}'],
  }),
  profile: kind<Packable>()('tenant', {
    parts: ['account'],
    ttlMs: 15 * MINUTE,
    holds: 'an account as its EA presented it, and its mode',
    seeds: ['user:profile:{user_id}', '{tenant_id}:user:profile:{user_id}'],
  }),
  balance: kind<AccountMoney>()('tenant', {
    parts: ['account'],
    ttlMs: 5 * MINUTE,
    holds: 'what an account’s EA last told of its money',
    seeds: ['user:balance:{user_id}', '{tenant_id}:user:balance:{user_id}', 'balance:{account_id}'],
  }),
  positions: kind<readonly DealRow[]>()('tenant', {
    parts: ['account'],
    ttlMs: 10 * SECOND,
    holds: 'an account’s open positions, by the deals that opened them',
    seeds: ['positions:{account_id}'],
  }),
  quote: kind<Quote>()('tenant', {
    parts: ['account', 'symbol'],
    ttlMs: MINUTE,
    holds: 'the newest quote of the account’s own broker',
    seeds: [
      'broker:quote:{symbol}',
      '{tenant_id}:broker:quote:{symbol}',
      'broker_quote:{account_id}:{symbol}',
      'user_quotes:{user_id}:{symbol}:{timestamp_ms}',
    ],
  }),
  signal: kind<SignalRow>()('tenant', {
    parts: ['account', 'signal'],
    ttlMs: LIMITS.signal.validMostMs + LIMITS.signal.resultGraceMs,
    holds: 'a signal that is not decided yet, until its end',
    seeds: ['active_signals', '{tenant_id}:signal:active:{user_id}:{signal_id}'],
  }),
  similar: kind<Packable>()('tenant', {
    parts: ['pattern'],
    ttlMs: 10 * MINUTE,
    holds: 'the neighbours found for a pattern',
    seeds: ['{tenant_id}:pattern:similar:{pattern_hash}'],
  }),
  session: kind<Packable>()('tenant', {
    parts: ['session'],
    ttlMs: 15 * MINUTE,
    holds: 'an HTTP session, as long as its token lives',
    seeds: ['user session management', 'session data and temporary states'],
  }),
  requests: counter({
    parts: ['caller'],
    ttlMs: MINUTE,
    holds: 'requests of the minute, for the tier’s bound',
    seeds: ['rate limiting and throttling'],
  }),
  usage: counter({
    parts: ['measure', 'day'],
    ttlMs: 48 * HOUR,
    holds: 'a measure of the day, until it is in the ledger',
    seeds: ['usage analytics aggregation', 'usage tracking'],
  }),
} as const;

export type KindName = keyof typeof KEY_KINDS;
