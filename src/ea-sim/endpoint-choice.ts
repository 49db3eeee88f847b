/**
 * Which server of its list an EA dials next, and how long it stays away before: the rule of `ea/Include/Suho/Connection.mqh`.
 *
 * - A session that stood is followed by a connection to the same server; what came to nothing by one to the next of the list.
 * - A server that is busy speaks for itself alone: the next is dialled at once, and its pause is kept only when all of the list
 *   have turned the EA away. A refusal that holds for every server is waited out.
 * - A redirection is tried once. A session makes it the place to come back to; else the list goes on where it stood.
 */
import { assert } from '../runtime/assert.js';
import type { Random } from '../runtime/random.js';
import { Backoff } from './backoff.js';

export interface HungUp {
  /** How long the session was live; 0 where there was none. */
  readonly liveMs: number;
  /** How long the server, or good manners, ask to stay away. */
  readonly leastWaitMs: number;
  /** It asked because it is busy itself. */
  readonly busy?: boolean;
  readonly redirectedTo?: number;
}

export class EndpointChoice {
  readonly #count: number;
  readonly #backoff: Backoff;
  #at = 0;
  #redirectedTo: number | undefined;
  /** Servers that were busy, since the last session. */
  #busy = 0;

  constructor(count: number, random: Random) {
    assert(count > 0, 'an EA has an endpoint');
    this.#count = count;
    this.#backoff = new Backoff(random);
  }

  /** Its place in the list. */
  get endpoint(): number {
    return this.#redirectedTo ?? this.#at;
  }

  /** The connection is over; answers how long to wait before the next. */
  ended({ liveMs, leastWaitMs, busy = false, redirectedTo }: HungUp): number {
    if (liveMs > 0) {
      this.#at = this.endpoint;
      this.#busy = 0;
    }
    const sent = redirectedTo !== undefined && redirectedTo < this.#count;
    this.#redirectedTo = sent ? redirectedTo : undefined;
    // Being sent elsewhere is no failure.
    if (sent) return liveMs > 0 ? this.#backoff.firstMs() : this.#backoff.nextMs(0);
    if (busy || (liveMs === 0 && leastWaitMs === 0)) this.#at = (this.#at + 1) % this.#count;
    return this.#backoff.nextMs(liveMs, busy ? this.#pauseMs(leastWaitMs) : leastWaitMs);
  }

  #pauseMs(askedMs: number): number {
    this.#busy = (this.#busy + 1) % this.#count;
    return this.#busy === 0 ? askedMs : 0;
  }
}
