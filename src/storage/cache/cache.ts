/**
 * The hot cache: what could be read elsewhere, kept near. Nothing depends on it, so nothing of it throws but `deleteTenant`: a
 * server that is down makes a read a miss and a write a no, within bounds, and `fault` says so. While it is down a node keeps a
 * few seconds of its own writes in process; counters then count per node.
 */

declare const made: unique symbol;

/** Made by `marketKey` and `tenantKey` (`keys.ts`) alone. */
export interface AnyKey {
  readonly [made]: true;
  readonly text: string;
  readonly ttlMs: number;
}

export interface CacheKey<V, U extends KeyUse = KeyUse> extends AnyKey {
  readonly use: U;
  encode(value: V): Uint8Array;
  /** Undefined where the bytes are not a whole value of this version. */
  decode(bytes: Uint8Array): V | undefined;
}

export type KeyUse = 'value' | 'counter';
export type ValueKey<V> = CacheKey<V, 'value'>;
export type CounterKey = CacheKey<number, 'counter'>;

export interface Lifetime {
  /** UTC ms of the engine; the value leaves then, or at the end of its kind's time to live, whichever comes first. */
  readonly untilMs?: number;
}

export interface HotCache {
  /** Why it is not kept as it should be; undefined while all is well. */
  readonly fault: string | undefined;
  get<V>(key: ValueKey<V>): Promise<V | undefined>;
  /** In the order of the keys, in one round trip. */
  getMany<V>(keys: readonly ValueKey<V>[]): Promise<readonly (V | undefined)[]>;
  set<V>(key: ValueKey<V>, value: V, life?: Lifetime): Promise<void>;
  setMany<V>(entries: readonly (readonly [key: ValueKey<V>, value: V])[]): Promise<void>;
  delete(...keys: readonly AnyKey[]): Promise<void>;
  /** Adds to a counter and answers what it has come to; the first of a window sets the window's end. */
  count(key: CounterKey, by?: number): Promise<number>;
  /** Everything of one tenant; answers how much. Throws UNREACHABLE where it cannot be known to be gone. */
  deleteTenant(tenant: TenantId): Promise<number>;
  close(): Promise<void>;
}

declare const tenant: unique symbol;
/** A tenant's name that `tenantId` (`keys.ts`) has looked at. */
export type TenantId = string & { readonly [tenant]: true };
