/**
 * Chance, handed in. A `Random` is one stream; `fork(label)` gives an independent stream that depends on the seed and the
 * label alone, so that one part drawing more numbers never shifts another part's.
 */
import { hashText } from './hash.js';

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  int(below: number): number;
  /** Standard normal. */
  normal(): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** 128 random bits as four unsigned 32-bit words. */
  words(): readonly [number, number, number, number];
  fork(label: string): Random;
}

/** sfc32 by Chris Doty-Humphrey: 128 bits of state, passes PractRand, four adds and two shifts a draw. */
class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spareNormal: number | undefined;

  constructor(readonly key: string) {
    this.#a = hashText(key, 0x9e3779b9);
    this.#b = hashText(key, 0x243f6a88);
    this.#c = hashText(key, 0xb7e15162);
    for (let round = 0; round < 15; round++) this.#word();
  }

  #word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum >>> 0;
  }

  next(): number {
    return (this.#word() * 2_097_152 + (this.#word() >>> 11)) / 9_007_199_254_740_992;
  }

  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  normal(): number {
    const spare = this.#spareNormal;
    if (spare !== undefined) {
      this.#spareNormal = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  words(): readonly [number, number, number, number] {
    return [this.#word(), this.#word(), this.#word(), this.#word()];
  }

  fork(label: string): Random {
    return new SeededRandom(`${this.key}/${label}`);
  }
}

export function seededRandom(seed: number | string): Random {
  return new SeededRandom(String(seed));
}

/** A stream seeded by the machine's entropy, for live nodes. */
export function entropyRandom(): Random {
  return seededRandom([...crypto.getRandomValues(new Uint32Array(4))].join('-'));
}
