/** Places of patterns: directions in a space of `EMBEDDING` numbers, kept as unit vectors of single precision. */
import { SuhoError } from '../../errors.js';

export const EMBEDDING = 128;

/** The dot product of two vectors, each within an array of them; of unit vectors it is the cosine between. */
export function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number): number {
  // Four sums that do not wait for each other; always the same four, so that a cosine is the same bits wherever it is taken.
  let one = 0;
  let two = 0;
  let three = 0;
  let four = 0;
  for (let at = 0; at < EMBEDDING; at += 4) {
    one += (a[aAt + at] as number) * (b[bAt + at] as number);
    two += (a[aAt + at + 1] as number) * (b[bAt + at + 1] as number);
    three += (a[aAt + at + 2] as number) * (b[bAt + at + 2] as number);
    four += (a[aAt + at + 3] as number) * (b[bAt + at + 3] as number);
  }
  return one + two + (three + four);
}

/** The direction of a vector, as a copy. */
export function unitVector(vector: Float32Array): Float32Array {
  if (vector.length !== EMBEDDING)
    throw new SuhoError('INPUT_INVALID', `an embedding has ${EMBEDDING} numbers, not ${vector.length}`);
  let squares = 0;
  for (const number of vector) squares += number * number;
  const length = Math.sqrt(squares);
  if (!(length > 0 && Number.isFinite(length)))
    throw new SuhoError('INPUT_INVALID', 'an embedding that is zero, or not of finite numbers, has no direction');
  return vector.map((number) => number / length);
}

/** Rounding may carry a cosine past 1. */
export function certaintyOf(cosine: number): number {
  return Math.min(1, Math.max(0, (1 + cosine) / 2));
}

export function cosineOf(certainty: number): number {
  return 2 * certainty - 1;
}
