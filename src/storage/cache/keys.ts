/**
 * Keys of the hot cache. A tenant's key cannot be made without its `TenantId`, and a reference-market key takes none: the types
 * say so, and the two begin differently (`suho:t:TENANT:KIND:…`, `suho:m:KIND:…`), so that no tenant's name is the market's.
 */
import { encodePart } from '../name-part.js';
import { pack, unpack } from '../packed.js';
import type { CacheKey, KeyUse, TenantId } from './cache.js';
import { KEY_KINDS, type KeyKind, type KindName, type Scope } from './key-kinds.js';

type KindsOf<S extends Scope> = { [N in KindName]: (typeof KEY_KINDS)[N]['scope'] extends S ? N : never }[KindName];
export type MarketKind = KindsOf<'market'>;
export type TenantKind = KindsOf<'tenant'>;

/** One text for each part of the kind. */
type Texts<P extends readonly string[]> = { readonly [I in keyof P]: string };
type PartsOf<N extends KindName> = Texts<(typeof KEY_KINDS)[N]['parts']>;
type KeyOf<N extends KindName> =
  (typeof KEY_KINDS)[N] extends KeyKind<infer V, Scope, readonly string[], infer U> ? CacheKey<V, U> : never;

export const PREFIX = 'suho:';

export function tenantId(name: string): TenantId {
  encodePart(name);
  return name as TenantId;
}

/** What all keys of the tenant begin with, and no other key. */
export function tenantPrefix(tenant: TenantId): string {
  return `${PREFIX}t:${encodePart(tenant)}:`;
}

export function marketKey<N extends MarketKind>(name: N, ...parts: PartsOf<N>): KeyOf<N> {
  return keyOf(`${PREFIX}m:`, name, parts) as KeyOf<N>;
}

export function tenantKey<N extends TenantKind>(tenant: TenantId, name: N, ...parts: PartsOf<N>): KeyOf<N> {
  return keyOf(tenantPrefix(tenant), name, parts) as KeyOf<N>;
}

function keyOf(prefix: string, name: KindName, parts: readonly string[]): unknown {
  const { ttlMs, version, symmetric, use }: KeyKind<unknown> = KEY_KINDS[name];
  const encoded = parts.map(encodePart);
  return new Key(`${prefix}${name}:${(symmetric ? encoded.sort() : encoded).join(':')}`, ttlMs, use, version);
}

/** Cast to its kind's type where it is made: `made` is for the compiler alone. */
class Key implements Pick<CacheKey<unknown>, 'text' | 'ttlMs' | 'use' | 'encode' | 'decode'> {
  constructor(
    readonly text: string,
    readonly ttlMs: number,
    readonly use: KeyUse,
    private readonly version: number,
  ) {}

  encode(value: unknown): Uint8Array {
    return pack(this.version, value);
  }

  decode(bytes: Uint8Array): unknown {
    const found = unpack(this.version, bytes);
    return found.kind === 'value' ? found.value : undefined;
  }
}
