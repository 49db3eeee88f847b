/** Links that let whoever has the machine in as its owner, once: 256 bits, of which only the hash is kept, and in memory alone. */
import { LIMITS } from '../limits.js';
import { sha256Hex } from '../runtime/digest.js';
import type { Clock } from '../runtime/clock.js';
import type { Ids } from '../runtime/ids.js';

export class AdminLinks {
  /** By hash: until when. */
  readonly #open = new Map<string, number>();

  constructor(
    readonly ids: Pick<Ids, 'secretFor'>,
    readonly clock: Pick<Clock, 'nowMs'>,
  ) {}

  /** Past the bound the oldest is worth nothing. */
  make(): { readonly token: string; readonly expiresMs: number } {
    // 43 characters: the whole link fits the line of a terminal.
    const token = Buffer.from(this.ids.secretFor('admin-link'), 'hex').toString('base64url');
    const expiresMs = this.clock.nowMs() + LIMITS.access.linkMs;
    this.#open.set(sha256Hex(token), expiresMs);
    const [oldest] = this.#open.keys();
    if (this.#open.size > LIMITS.access.links && oldest !== undefined) this.#open.delete(oldest);
    return { token, expiresMs };
  }

  /** Whether it is one, which it is not again. */
  use(token: string): boolean {
    const hash = sha256Hex(token);
    const until = this.#open.get(hash);
    this.#open.delete(hash);
    return until !== undefined && this.clock.nowMs() < until;
  }
}
