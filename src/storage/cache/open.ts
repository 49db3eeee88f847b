import { type Clock, systemClock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type { HotCache } from './cache.js';
import { MemoryCache } from './memory-cache.js';
import { RedisCache } from './redis-cache.js';

export interface OpenCacheOptions {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Opens the hot cache that the setting names: `embedded`, or the URL of a Redis or DragonflyDB server (redis://…, rediss://…).
 * One whose server is away begins down. A server answers in the machine's time, whatever the engine's clock.
 */
export async function openCache(setting: string, { clock, random }: OpenCacheOptions): Promise<HotCache> {
  if (setting === 'embedded') return new MemoryCache({ clock });
  return RedisCache.open({ url: setting, clock, timers: systemClock, random });
}
