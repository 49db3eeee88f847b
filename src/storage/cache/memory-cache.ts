import { LIMITS } from '../../limits.js';
import type { AnyKey, CounterKey, HotCache, Lifetime, TenantId, ValueKey } from './cache.js';
import { tenantPrefix } from './keys.js';

interface Entry {
  /** A counter's count, or a value's bytes: packed, so that a value changed after `set` is not changed here. */
  readonly held: Uint8Array | number;
  readonly untilMs: number;
}

export interface MemoryCacheOptions {
  readonly clock: { nowMs(): number };
  readonly entries?: number;
  readonly bytes?: number;
  /** Nothing lives longer, whatever its kind. */
  readonly ttlMostMs?: number;
}

/** What an entry costs beside its bytes: the object, its place in the map, its key at two bytes a character. */
const ENTRY_BYTES = 120;

function costOf(text: string, held: Entry['held']): number {
  return ENTRY_BYTES + 2 * text.length + (typeof held === 'number' ? 0 : held.length);
}

/** The embedded twin: a map in the order of use, bounded in entries and bytes. */
export class MemoryCache implements HotCache {
  readonly fault = undefined;
  readonly #held = new Map<string, Entry>();
  readonly #options: Required<MemoryCacheOptions>;
  #bytes = 0;

  constructor(options: MemoryCacheOptions) {
    const { entries, bytes } = LIMITS.cache;
    this.#options = { entries, bytes, ttlMostMs: Number.POSITIVE_INFINITY, ...options };
  }

  get size(): number {
    return this.#held.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async get<V>(key: ValueKey<V>): Promise<V | undefined> {
    return this.#read(key);
  }

  async getMany<V>(keys: readonly ValueKey<V>[]): Promise<readonly (V | undefined)[]> {
    return keys.map((key) => this.#read(key));
  }

  async set<V>(key: ValueKey<V>, value: V, life: Lifetime = {}): Promise<void> {
    this.#write(key, value, life);
  }

  async setMany<V>(entries: readonly (readonly [ValueKey<V>, V])[]): Promise<void> {
    for (const [key, value] of entries) this.#write(key, value, {});
  }

  async delete(...keys: readonly AnyKey[]): Promise<void> {
    for (const { text } of keys) this.#remove(text);
  }

  async count(key: CounterKey, by = 1): Promise<number> {
    const entry = this.#live(key.text);
    const count = (typeof entry?.held === 'number' ? entry.held : 0) + by;
    this.#put(key.text, count, entry?.untilMs ?? this.#end(key.ttlMs));
    return count;
  }

  async deleteTenant(tenant: TenantId): Promise<number> {
    const prefix = tenantPrefix(tenant);
    const texts = [...this.#held.keys()].filter((text) => text.startsWith(prefix));
    for (const text of texts) this.#remove(text);
    return texts.length;
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }

  async close(): Promise<void> {
    this.clear();
  }

  #read<V>(key: ValueKey<V>): V | undefined {
    const entry = this.#live(key.text);
    if (entry === undefined || typeof entry.held === 'number') return undefined;
    this.#held.delete(key.text);
    this.#held.set(key.text, entry);
    return key.decode(entry.held);
  }

  #write<V>(key: ValueKey<V>, value: V, { untilMs = Number.POSITIVE_INFINITY }: Lifetime): void {
    const end = Math.min(this.#end(key.ttlMs), untilMs);
    // A copy of its own: what the packer hands out shares a larger piece of memory.
    const bytes = new Uint8Array(key.encode(value));
    if (end <= this.#options.clock.nowMs() || bytes.length > LIMITS.cache.valueBytes) this.#remove(key.text);
    else this.#put(key.text, bytes, end);
  }

  #end(ttlMs: number): number {
    return this.#options.clock.nowMs() + Math.min(ttlMs, this.#options.ttlMostMs);
  }

  #live(text: string): Entry | undefined {
    const entry = this.#held.get(text);
    if (entry === undefined || entry.untilMs > this.#options.clock.nowMs()) return entry;
    this.#remove(text);
    return undefined;
  }

  #put(text: string, held: Entry['held'], untilMs: number): void {
    this.#remove(text);
    this.#held.set(text, { held, untilMs });
    this.#bytes += costOf(text, held);
    const { entries, bytes } = this.#options;
    for (const [oldest] of this.#held) {
      if (this.#held.size <= entries && this.#bytes <= bytes) break;
      this.#remove(oldest);
    }
  }

  #remove(text: string): void {
    const entry = this.#held.get(text);
    if (entry === undefined) return;
    this.#held.delete(text);
    this.#bytes -= costOf(text, entry.held);
  }
}
