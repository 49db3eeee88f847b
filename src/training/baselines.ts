import { assert } from '../runtime/assert.js';

/** Share of each class in what was trained on: what is told by who knows nothing of the row. The likeliest is the majority. */
export function priorShares(truths: ArrayLike<number>, classes: number): Float64Array {
  assert(truths.length > 0, 'a share is of something');
  const shares = new Float64Array(classes);
  for (let row = 0; row < truths.length; row++) {
    const truth = truths[row] as number;
    shares[truth] = (shares[truth] as number) + 1 / truths.length;
  }
  return shares;
}

/** The same probabilities for every row. */
export function toldAlways(shares: Float64Array, rows: number): Float64Array {
  const all = new Float64Array(rows * shares.length);
  for (let row = 0; row < rows; row++) all.set(shares, row * shares.length);
  return all;
}

/**
 * That it goes on as it went: the class of the past stretch, as far as `certainty` goes, the rest shared by the others. Rows
 * without a past class are told the prior.
 */
export function persistence(past: ArrayLike<number>, certainty: number, prior: Float64Array): Float64Array {
  const classes = prior.length;
  const all = new Float64Array(past.length * classes);
  for (let row = 0; row < past.length; row++) {
    const kind = past[row] as number;
    if (Number.isNaN(kind)) all.set(prior, row * classes);
    else
      for (let other = 0; other < classes; other++)
        all[row * classes + other] = other === kind ? certainty : (1 - certainty) / (classes - 1);
  }
  return all;
}
