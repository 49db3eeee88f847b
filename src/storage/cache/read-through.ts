/**
 * Reads through the cache: a miss falls to the loader, and however many ask for one key at once, one load answers them all. A
 * loader that fails is not remembered; the next to ask loads again. A cache that is down is a miss each time, so the loader
 * answers, and the cache's `fault` says why.
 */
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Timers } from '../../runtime/clock.js';
import type { AnyKey, HotCache, Lifetime, ValueKey } from './cache.js';

/** Undefined where there is no such thing; that is not remembered either. */
export type Load<V> = () => Promise<V | undefined>;

export interface ReadThroughOptions {
  readonly cache: HotCache;
  readonly timers: Pick<Timers, 'after'>;
}

export class ReadThrough {
  readonly #cache: HotCache;
  readonly #timers: Pick<Timers, 'after'>;
  readonly #loads = new Map<string, Promise<unknown>>();

  constructor({ cache, timers }: ReadThroughOptions) {
    this.#cache = cache;
    this.#timers = timers;
  }

  /** Reads under way. */
  get loads(): number {
    return this.#loads.size;
  }

  cached<V>(key: ValueKey<V>, load: Load<V>, life?: Lifetime): Promise<V | undefined> {
    const underWay = this.#loads.get(key.text) as Promise<V | undefined> | undefined;
    if (underWay !== undefined) return underWay;
    if (this.#loads.size >= LIMITS.cache.loads) {
      return Promise.reject(new SuhoError('UNREACHABLE', `${LIMITS.cache.loads} loads are under way; ${key.text} must wait.`));
    }
    const flight: Promise<V | undefined> = this.#fill(key, load, life, () => this.#loads.get(key.text) === flight).finally(() => {
      if (this.#loads.get(key.text) === flight) this.#loads.delete(key.text);
    });
    this.#loads.set(key.text, flight);
    return flight;
  }

  /** After a change: the value leaves the cache, and a load that began before the change is not kept. */
  async forget(key: AnyKey): Promise<void> {
    this.#loads.delete(key.text);
    await this.#cache.delete(key);
  }

  async #fill<V>(key: ValueKey<V>, load: Load<V>, life: Lifetime | undefined, current: () => boolean): Promise<V | undefined> {
    const found = await this.#cache.get(key);
    if (found !== undefined) return found;
    const value = await this.#inTime(key.text, load);
    // Not waited for: whoever asks next on this node finds it written, for the cache answers in order.
    if (value !== undefined && current()) void this.#cache.set(key, value, life);
    return value;
  }

  #inTime<V>(text: string, load: Load<V>): Promise<V | undefined> {
    const loading = load();
    return new Promise((resolve, reject) => {
      const cancel = this.#timers.after(LIMITS.cache.loadMs, () =>
        reject(new SuhoError('ASK_TIMEOUT', `${text} was not loaded within ${LIMITS.cache.loadMs} ms.`)),
      );
      loading.then(resolve, reject).finally(cancel);
    });
  }
}
