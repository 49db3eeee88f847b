import type { Random } from '../../runtime/random.js';

export interface RetryDelays {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** Full jitter: anywhere between nothing and a ceiling that doubles, so that writers that failed together do not come back together. */
export function retryDelayMs(failures: number, { firstMs, mostMs }: RetryDelays, random: Random): number {
  return random.next() * Math.min(mostMs, firstMs * 2 ** (failures - 1));
}
