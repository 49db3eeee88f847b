/** How good probabilities of classes are, on rows whose class is known. None of these looks at anything but its arguments. */
import { assert } from '../runtime/assert.js';

/** Probabilities row by row, and the class that came true of each. */
export interface Judged {
  readonly classes: number;
  /** rows × classes. */
  readonly probabilities: ArrayLike<number>;
  readonly truths: ArrayLike<number>;
}

export interface Scores {
  readonly rows: number;
  readonly accuracy: number;
  /** Mean of how often each class that came up was told rightly. */
  readonly balancedAccuracy: number;
  readonly logLoss: number;
  /** Mean over rows of the summed squares of probability less truth, 0 to 2. */
  readonly brier: number;
}

/** A probability is taken for no less than this: one wrong certainty would be infinitely bad. */
const LEAST_SHARE = 1e-12;

/** The likeliest class of a row; of equals the first. */
export function decided({ classes, probabilities }: Omit<Judged, 'truths'>, row: number): number {
  let best = 0;
  for (let kind = 1; kind < classes; kind++)
    if ((probabilities[row * classes + kind] as number) > (probabilities[row * classes + best] as number)) best = kind;
  return best;
}

/** 1 for a row that was told rightly, else 0. */
export function hits(judged: Judged): Uint8Array {
  return Uint8Array.from({ length: judged.truths.length }, (_, row) => (decided(judged, row) === judged.truths[row] ? 1 : 0));
}

export function scoresOf(judged: Judged): Scores {
  const { classes, probabilities, truths } = judged;
  const rows = truths.length;
  assert(rows > 0 && probabilities.length === rows * classes, 'every row has its probabilities');
  const right = new Float64Array(classes);
  const seen = new Float64Array(classes);
  let [logLoss, brier] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const truth = truths[row] as number;
    seen[truth] = (seen[truth] as number) + 1;
    if (decided(judged, row) === truth) right[truth] = (right[truth] as number) + 1;
    logLoss -= Math.log(Math.max(LEAST_SHARE, probabilities[row * classes + truth] as number));
    for (let kind = 0; kind < classes; kind++)
      brier += ((probabilities[row * classes + kind] as number) - (kind === truth ? 1 : 0)) ** 2;
  }
  const rates = Array.from(seen).flatMap((count, kind) => (count > 0 ? [(right[kind] as number) / count] : []));
  return {
    rows,
    accuracy: right.reduce((sum, count) => sum + count, 0) / rows,
    balancedAccuracy: rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
    logLoss: logLoss / rows,
    brier: brier / rows,
  };
}

/** Rows whose probability lies in one tenth, or whatever part, of 0 to 1. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  /** Mean of what was told, and share of what came true; NaN without rows. */
  readonly told: number;
  readonly came: number;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** Mean over rows of the distance between told and came of the row's bin. */
  readonly error: number;
}

/** Whether what is told with a probability comes true as often. `came` is 1 or 0. */
export function reliability(told: ArrayLike<number>, came: ArrayLike<number>, parts = 10): Reliability {
  const counts = new Float64Array(parts);
  const toldSums = new Float64Array(parts);
  const cameSums = new Float64Array(parts);
  for (let row = 0; row < told.length; row++) {
    const at = Math.min(parts - 1, Math.floor((told[row] as number) * parts));
    counts[at] = (counts[at] as number) + 1;
    toldSums[at] = (toldSums[at] as number) + (told[row] as number);
    cameSums[at] = (cameSums[at] as number) + (came[row] as number);
  }
  const bins = Array.from(counts, (rows, at) => ({
    from: at / parts,
    to: (at + 1) / parts,
    rows,
    told: (toldSums[at] as number) / rows,
    came: (cameSums[at] as number) / rows,
  }));
  const error = bins.reduce((sum, bin) => sum + (bin.rows > 0 ? bin.rows * Math.abs(bin.told - bin.came) : 0), 0);
  return { bins, error: told.length === 0 ? Number.NaN : error / told.length };
}

/** Of each class: its probability against whether it came. */
export function classReliability({ classes, probabilities, truths }: Judged, parts = 10): readonly Reliability[] {
  return Array.from({ length: classes }, (_, kind) => {
    const told = Float64Array.from(truths, (_truth, row) => probabilities[row * classes + kind] as number);
    return reliability(
      told,
      Uint8Array.from(truths, (truth) => (truth === kind ? 1 : 0)),
      parts,
    );
  });
}

/** Of what was decided: the likeliest class's probability against whether it came. The one that a score is made of. */
export function decisionReliability(judged: Judged, parts = 10): Reliability {
  const { classes, probabilities, truths } = judged;
  const told = Float64Array.from(truths, (_, row) => probabilities[row * classes + decided(judged, row)] as number);
  return reliability(told, hits(judged), parts);
}
