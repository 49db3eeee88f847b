import { type Clock, systemClock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type { HotCache } from './cache.js';
import { MemoryCache } from './memory-cache.js';
import { RedisCache } from './redis-cache.js';

export interface CacheOptions {
  /** `memory`, or the URL of a Redis or DragonflyDB server: redis://…, rediss://…. */
  readonly cache: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Opens the hot cache that the settings name; one whose server is away begins down. Servers answer in the machine's time. */
export async function openCache({ cache, clock, random }: CacheOptions): Promise<HotCache> {
  if (cache === 'memory') return new MemoryCache({ clock });
  return RedisCache.open({ url: cache, clock, timers: systemClock, random });
}
