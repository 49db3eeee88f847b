import { createHash, randomBytes, randomFillSync } from 'node:crypto';

/**
 * Ids are UUIDv7 in RFC 9562 order (text form, lower case). Live nodes draw them from the machine's entropy; a seeded run
 * derives each from the seed and a natural key, so that the same seed gives the same ids in whatever order parts of the
 * engine ask for them.
 */
export interface Ids {
  /** `key` names the thing (`signal:ACCOUNT:strategy:EURUSD:M1:173…`); a seeded source gives one key one id. */
  idFor(key: string, timeMs: number): string;
  /** 32 secret bytes as lower-case hex: an API key. */
  secretFor(key: string): string;
}

export function formatUuidV7(timeMs: number, random: Uint8Array): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(timeMs, 0, 6);
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const DRAWN_BYTES = 10;

/** Entropy for ids, fetched for many at a time: to ask for each alone costs more than all the rest of it. */
class Entropy {
  readonly #pool = Buffer.alloc(400 * DRAWN_BYTES);
  #at = this.#pool.length;

  /** Each byte once; what is returned holds until the next call. */
  draw(): Uint8Array {
    if (this.#at === this.#pool.length) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    this.#at += DRAWN_BYTES;
    return this.#pool.subarray(this.#at - DRAWN_BYTES, this.#at);
  }
}

const entropy = new Entropy();

export const entropyIds: Ids = {
  idFor: (_key, timeMs) => formatUuidV7(timeMs, entropy.draw()),
  secretFor: () => randomBytes(32).toString('hex'),
};

export function seededIds(seed: number | string): Ids {
  const digest = (key: string): Buffer => createHash('sha256').update(`${seed}\n${key}`).digest();
  return {
    idFor: (key, timeMs) => formatUuidV7(timeMs, digest(key)),
    secretFor: (key) => digest(`secret\n${key}`).toString('hex'),
  };
}
