/** Vectors of the kinds that a search is tried on, and the search that compares with each. */
import type { Random } from '../../../src/runtime/random.js';
import type { Steps } from '../../../src/storage/patterns/embedded/turn-taking.js';
import { EMBEDDING, unitVector } from '../../../src/storage/patterns/embedding.js';

type Draw = () => Float32Array;

function vectorOf(number: (at: number) => number): Float32Array {
  return unitVector(Float32Array.from({ length: EMBEDDING }, (_, at) => number(at)));
}

function numbers(count: number, random: Random): number[] {
  return Array.from({ length: count }, () => random.normal());
}

/** No order at all: what is hardest for an index. */
function uniform(random: Random): Draw {
  return () => vectorOf(() => random.normal());
}

/** Round clusters of different widths. */
function clustered(random: Random): Draw {
  const centres = Array.from({ length: 200 }, () => numbers(EMBEDDING, random));
  return () => {
    const centre = centres[random.int(centres.length)] as number[];
    const width = 0.3 + 0.5 * random.next();
    return vectorOf((at) => (centre[at] as number) + width * random.normal());
  };
}

/** As a network's last layer is: few things that matter, bent into many numbers, with a little noise. */
function curved(random: Random): Draw {
  const [few, kinds] = [16, 60];
  const weights = Array.from({ length: EMBEDDING }, () => numbers(few, random));
  const centres = Array.from({ length: kinds }, () => numbers(few, random));
  return () => {
    const centre = centres[random.int(kinds)] as number[];
    const inner = centre.map((number) => number + 0.6 * random.normal());
    const bent = (row: readonly number[]): number =>
      Math.tanh(row.reduce((sum, weight, at) => sum + weight * (inner[at] as number), 0) / 4);
    return vectorOf((at) => bent(weights[at] as number[]) + 0.05 * random.normal());
  };
}

export const VECTOR_KINDS: Readonly<Record<string, (random: Random) => Draw>> = { uniform, clustered, curved };

/** Plainly, a number at a time. */
export function plainCosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < EMBEDDING; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

/** What steps come to. */
export function finished<R>(steps: Steps<R>): R {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
