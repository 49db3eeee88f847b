import type { Random } from '../runtime/random.js';

const FIRST_MS = 250;
const MOST_MS = 30_000;
/** A session that lived this long starts the count again. */
const SETTLED_MS = 10_000;
/** After a refused key or a newer session: another try can only do harm. */
export const BARRED_MS = 60_000;

/** How long to wait before the next connection: doubling, with full jitter, so that many EAs do not come back at once. */
export class Backoff {
  readonly #random: Random;
  #failures = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Without counting: nothing has failed. */
  firstMs(): number {
    return Math.ceil(this.#random.next() * FIRST_MS);
  }

  /** After a session that was live for `liveMs`, 0 where it never was; `leastMs` is what the server asked for. */
  nextMs(liveMs: number, leastMs = 0): number {
    if (liveMs >= SETTLED_MS) this.#failures = 0;
    const most = Math.min(MOST_MS, FIRST_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 10);
    return Math.max(leastMs, Math.ceil(this.#random.next() * most));
  }
}
