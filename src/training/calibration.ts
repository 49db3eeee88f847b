/**
 * Makes of what a model tells what then comes true as often. Fitted on the validation part: on rows that the model was trained
 * on it would only learn how well those are known by heart.
 *
 * Isotonic: the rising steps nearest to the outcomes, in squares, by pooling neighbours that fall (pool adjacent violators);
 * between steps it goes straight. Platt: a logistic curve over the log odds, by Newton's steps, towards outcomes drawn a
 * little inwards, so that it never becomes certain.
 */
import { assert } from '../runtime/assert.js';

/** A probability becomes a probability, and none that was higher becomes lower. */
export type Calibration =
  | { readonly kind: 'isotonic'; readonly told: Float64Array; readonly came: Float64Array }
  | { readonly kind: 'platt'; readonly slope: number; readonly offset: number };

const NEWTON_STEPS = 50;
const NEWTON_DONE = 1e-12;
/** What is told of later rows is taken for no less: a step at 0 that is left once would outweigh all else. */
const LEAST_LATER = 1e-3;
/** Log odds are told for probabilities between this and one less it. */
const LEAST_SHARE = 1e-9;

export function calibrated(calibration: Calibration, share: number): number {
  if (calibration.kind === 'platt') return logistic(calibration.slope * logOdds(share) + calibration.offset);
  const { told, came } = calibration;
  const last = told.length - 1;
  if (share <= (told[0] as number)) return came[0] as number;
  if (share >= (told[last] as number)) return came[last] as number;
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((told[middle] as number) <= share) low = middle;
    else high = middle;
  }
  const [from, to] = [told[low] as number, told[high] as number];
  const part = (share - from) / (to - from);
  return (came[low] as number) + part * ((came[high] as number) - (came[low] as number));
}

interface Pool {
  /** Least and most that was told in it. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly came: number;
}

/** The level of each row of outcomes that are in order of what was told: rising, and nearest to them. */
export function risingLevels(outcomes: ArrayLike<number>): Float64Array {
  const levels = new Float64Array(outcomes.length);
  const pools = pooled(
    Float64Array.from(outcomes, (_, row) => row),
    outcomes,
  );
  let row = 0;
  for (const { rows, came } of pools) {
    levels.fill(came / rows, row, row + rows);
    row += rows;
  }
  return levels;
}

/** What was told the same is one pool to begin with: it can have but one level. */
function pooled(told: ArrayLike<number>, outcomes: ArrayLike<number>): readonly Pool[] {
  const pools: Pool[] = [];
  for (let row = 0; row < told.length; ) {
    const own = told[row] as number;
    let pool: Pool = { from: own, to: own, rows: 0, came: 0 };
    for (; row < told.length && told[row] === own; row++)
      pool = { ...pool, rows: pool.rows + 1, came: pool.came + (outcomes[row] as number) };
    for (let before = pools.at(-1); before !== undefined && isNoLower(before, pool); before = pools.at(-1)) {
      pools.pop();
      pool = { from: before.from, to: pool.to, rows: before.rows + pool.rows, came: before.came + pool.came };
    }
    pools.push(pool);
  }
  return pools;
}

function isNoLower(before: Pool, pool: Pool): boolean {
  return before.came * pool.rows >= pool.came * before.rows;
}

export function fitIsotonic(told: ArrayLike<number>, came: ArrayLike<number>): Calibration {
  assert(told.length > 0 && told.length === came.length, 'a calibration is fitted on rows');
  const order = Int32Array.from({ length: told.length }, (_, row) => row).sort(
    (a, b) => (told[a] as number) - (told[b] as number) || a - b,
  );
  const pools = pooled(
    Float64Array.from(order, (row) => told[row] as number),
    Float64Array.from(order, (row) => came[row] as number),
  );
  // Each step keeps both its ends, so that within it nothing rises.
  const ends = pools.flatMap(({ from, to, rows, came: sum }) =>
    from === to ? [[from, sum / rows] as const] : [[from, sum / rows] as const, [to, sum / rows] as const],
  );
  return { kind: 'isotonic', told: Float64Array.from(ends, ([at]) => at), came: Float64Array.from(ends, ([, level]) => level) };
}

export function fitPlatt(told: ArrayLike<number>, came: ArrayLike<number>): Calibration {
  assert(told.length > 0 && told.length === came.length, 'a calibration is fitted on rows');
  const odds = Float64Array.from(told, logOdds);
  const goods = Array.from(came).reduce((sum, one) => sum + one, 0);
  const [high, low] = [(goods + 1) / (goods + 2), 1 / (came.length - goods + 2)];
  const targets = Float64Array.from(came, (one) => (one === 1 ? high : low));
  let [slope, offset] = [1, 0];
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const { slopeStep, offsetStep } = newtonStep(odds, targets, slope, offset);
    let part = 1;
    const before = plattLoss(odds, targets, slope, offset);
    while (part > NEWTON_DONE && plattLoss(odds, targets, slope + part * slopeStep, offset + part * offsetStep) > before)
      part /= 2;
    slope += part * slopeStep;
    offset += part * offsetStep;
    if (Math.abs(slopeStep) + Math.abs(offsetStep) < NEWTON_DONE) break;
  }
  // What falls would turn the model's word round, which is no calibration: then it tells nothing.
  if (slope >= 0) return { kind: 'platt', slope, offset };
  return { kind: 'platt', slope: 0, offset: logOdds((goods + 1) / (came.length + 2)) };
}

/**
 * Whichever of the two, fitted on the earlier half of the rows, tells the later half better; then fitted on all. Steps follow
 * any shape and take a handful of lucky rows at the end for a rule; a curve does neither. Rows are in the order of time.
 */
export function fitCalibration(told: ArrayLike<number>, came: ArrayLike<number>): Calibration {
  const half = told.length >> 1;
  if (half === 0) return fitPlatt(told, came);
  const [earlierTold, laterTold] = halves(told, half);
  const [earlierCame, laterCame] = halves(came, half);
  const lossOf = (calibration: Calibration): number => {
    let loss = 0;
    for (const [row, share] of laterTold.entries()) {
      const now = Math.min(1 - LEAST_LATER, Math.max(LEAST_LATER, calibrated(calibration, share)));
      loss -= Math.log(laterCame[row] === 1 ? now : 1 - now);
    }
    return loss;
  };
  const steps = lossOf(fitIsotonic(earlierTold, earlierCame)) < lossOf(fitPlatt(earlierTold, earlierCame));
  return (steps ? fitIsotonic : fitPlatt)(told, came);
}

function halves(values: ArrayLike<number>, half: number): readonly [Float64Array, Float64Array] {
  const all = Float64Array.from(values);
  return [all.subarray(0, half), all.subarray(half)];
}

interface NewtonStep {
  readonly slopeStep: number;
  readonly offsetStep: number;
}

function newtonStep(odds: Float64Array, targets: Float64Array, slope: number, offset: number): NewtonStep {
  let [gradientSlope, gradientOffset] = [0, 0];
  let [ss, so, oo] = [1e-12, 0, 1e-12];
  for (let row = 0; row < odds.length; row++) {
    const x = odds[row] as number;
    const share = logistic(slope * x + offset);
    const miss = share - (targets[row] as number);
    const weight = share * (1 - share);
    gradientSlope += miss * x;
    gradientOffset += miss;
    ss += weight * x * x;
    so += weight * x;
    oo += weight;
  }
  const determinant = ss * oo - so * so;
  return {
    slopeStep: -(oo * gradientSlope - so * gradientOffset) / determinant,
    offsetStep: -(ss * gradientOffset - so * gradientSlope) / determinant,
  };
}

function plattLoss(odds: Float64Array, targets: Float64Array, slope: number, offset: number): number {
  let loss = 0;
  for (let row = 0; row < odds.length; row++) {
    const z = slope * (odds[row] as number) + offset;
    loss += Math.max(0, z) + Math.log1p(Math.exp(-Math.abs(z))) - (targets[row] as number) * z;
  }
  return loss;
}

function logistic(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function logOdds(share: number): number {
  const kept = Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, share));
  return Math.log(kept / (1 - kept));
}
