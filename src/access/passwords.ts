/**
 * Passwords, kept as scrypt (RFC 7914) with a salt of their own. One derivation takes 32 MiB and as long as `COST` makes it, on a
 * thread of the process that files and look-ups need too: so only few run at once, few wait, and past that nobody is heard. A
 * name that is not known costs the same derivation as a wrong password.
 */
import { scrypt, timingSafeEqual } from 'node:crypto';
import { LIMITS } from '../limits.js';
import type { Ids } from '../runtime/ids.js';

/** One of the settings that OWASP names; measured in docs/ACCESS.md. */
export const COST = { N: 32_768, r: 8, p: 3 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;
const KEPT = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([A-Za-z0-9_-]+)\$([A-Za-z0-9_-]+)$/;

export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

function derived(password: string, salt: Uint8Array, { N, r, p }: ScryptCost): Promise<Buffer> {
  const maxmem = 256 * N * r;
  return new Promise((done, failed) => {
    // What people type may come composed or not: one password, one text.
    scrypt(password.normalize('NFKC'), salt, HASH_BYTES, { N, r, p, maxmem }, (error, key) =>
      error ? failed(error) : done(key),
    );
  });
}

/** Nobody was heard: as many wait already as may. */
export class TooBusy extends Error {}

export class Passwords {
  readonly #ids: Pick<Ids, 'secretFor'>;
  readonly #cost: ScryptCost;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** Derivations made, and the most that ran at once. */
  derivations = 0;
  atOnce = 0;

  constructor(ids: Pick<Ids, 'secretFor'>, cost: ScryptCost = COST) {
    this.#ids = ids;
    this.#cost = cost;
  }

  async keep(password: string): Promise<string> {
    const salt = Buffer.from(this.#ids.secretFor('salt'), 'hex').subarray(0, SALT_BYTES);
    const { N, r, p } = this.#cost;
    const key = await this.#derive(password, salt, this.#cost);
    return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
  }

  /** `kept` is null where nobody is known by the name, or by no password: then no password is right. */
  async right(password: string, kept: string | null): Promise<boolean> {
    const [, N = '', r = '', p = '', salt = '', hash = ''] = KEPT.exec(kept ?? '') ?? [];
    const known = hash !== '';
    const cost = known ? { N: Number(N), r: Number(r), p: Number(p) } : this.#cost;
    const wanted = known ? Buffer.from(hash, 'base64url') : Buffer.alloc(HASH_BYTES);
    const key = await this.#derive(password, known ? Buffer.from(salt, 'base64url') : Buffer.alloc(SALT_BYTES), cost);
    return timingSafeEqual(key, wanted) && known;
  }

  async #derive(password: string, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
    if (this.#running < LIMITS.access.derivations) this.#running += 1;
    else {
      if (this.#waiting.length >= LIMITS.access.derivationsWaiting) throw new TooBusy('too many are signing in');
      // Whoever ends hands its place over.
      await new Promise<void>((go) => this.#waiting.push(go));
    }
    this.atOnce = Math.max(this.atOnce, this.#running);
    this.derivations += 1;
    try {
      return await derived(password, salt, cost);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
