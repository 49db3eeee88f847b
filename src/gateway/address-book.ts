import { LIMITS } from '../limits.js';

interface Address {
  sessions: number;
  failures: number;
  lastFailureMs: number;
}

/** Failures older than this are forgiven. */
const FORGIVEN_MS = 600_000;

/**
 * What each client address has open and has got wrong. A wrong key is checked at once and its refusal delayed, growing with
 * the address's failures: the delay falls on the one that fails, never on a neighbour behind the same address with a good key.
 */
export class AddressBook {
  readonly #addresses = new Map<string, Address>();
  #sessions = 0;

  get sessions(): number {
    return this.#sessions;
  }

  /** Takes a place; false where the address or the node holds as many as it may. */
  open(address: string): boolean {
    const entry = this.#entry(address);
    if (entry.sessions >= LIMITS.session.perAddress || this.#sessions >= LIMITS.session.perNode) return false;
    entry.sessions += 1;
    this.#sessions += 1;
    return true;
  }

  close(address: string, nowMs: number): void {
    const entry = this.#addresses.get(address);
    if (entry === undefined) return;
    entry.sessions -= 1;
    this.#sessions -= 1;
    if (entry.sessions === 0 && nowMs - entry.lastFailureMs > FORGIVEN_MS) this.#addresses.delete(address);
  }

  /** Counts a failure; answers how long its refusal is to wait. */
  failed(address: string, nowMs: number): number {
    const entry = this.#entry(address);
    entry.failures = nowMs - entry.lastFailureMs > FORGIVEN_MS ? 1 : entry.failures + 1;
    entry.lastFailureMs = nowMs;
    const { refusalDelayFirstMs, refusalDelayMostMs } = LIMITS.session;
    return Math.min(refusalDelayMostMs, refusalDelayFirstMs * 2 ** Math.min(entry.failures - 1, 30));
  }

  #entry(address: string): Address {
    let entry = this.#addresses.get(address);
    if (entry === undefined) {
      entry = { sessions: 0, failures: 0, lastFailureMs: Number.NEGATIVE_INFINITY };
      this.#addresses.set(address, entry);
    }
    return entry;
  }
}
