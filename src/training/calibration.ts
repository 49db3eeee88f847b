/**
 * Makes of what a model tells what then comes true as often. Fitted on the validation part: on rows that the model was trained
 * on it would only learn how well those are known by heart.
 *
 * Isotonic: the rising steps nearest to the outcomes, in squares, by pooling neighbours that fall (pool adjacent violators);
 * between steps it goes straight. Where these are more than a map may have, neighbours become one, least harm first. Platt: a logistic curve over the log odds, by Newton's steps, towards outcomes drawn a
 * little inwards, so that it never becomes certain.
 */
import { type Calibration, calibrate, KNOTS_MOST, logistic, logOdds } from '../models/calibration.js';
import { assert } from '../runtime/assert.js';

const NEWTON_STEPS = 50;
const NEWTON_DONE = 1e-12;
/** Of all rows a step stands for so many: neighbouring ones come true together, and a few dozen may be one hour. */
const STEP_SHARE = 0.02;
/** What is told of later rows is taken for no less: a step at 0 that is left once would outweigh all else. */
const LEAST_LATER = 1e-3;

interface Pool {
  /** Least and most that was told in it. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
  readonly came: number;
}

/** What a level costs when two pools share one: how much their squared distance from the outcomes grows. */
function harmOf(one: Pool, other: Pool): number {
  return ((one.rows * other.rows) / (one.rows + other.rows)) * (one.came / one.rows - other.came / other.rows) ** 2;
}

function knotsOf({ from, to }: Pool): number {
  return from === to ? 1 : 2;
}

/** Two neighbours made one. What was rising stays so. */
function joined(pools: Pool[], place: number): void {
  const [one, other] = pools.slice(place, place + 2) as [Pool, Pool];
  pools.splice(place, 2, { from: one.from, to: other.to, rows: one.rows + other.rows, came: one.came + other.came });
}

/** Of some pairs of neighbours, by the place of the first, the one that is joined with least harm. */
function leastHarmful(pools: readonly Pool[], places: readonly number[]): number {
  const harms = places.map((place) => harmOf(pools[place] as Pool, pools[place + 1] as Pool));
  return places[harms.indexOf(Math.min(...harms))] as number;
}

/** Pools joined until each has so many rows, and then until so many knots will do; always where it harms least. */
function fewer(pools: readonly Pool[], rowsLeast: number, knotsMost: number): readonly Pool[] {
  const left = [...pools];
  for (;;) {
    const small = left.findIndex(({ rows }) => rows < rowsLeast);
    if (small < 0 || left.length === 1) break;
    joined(
      left,
      leastHarmful(
        left,
        [small - 1, small].filter((place) => place >= 0 && place + 1 < left.length),
      ),
    );
  }
  while (left.reduce((sum, pool) => sum + knotsOf(pool), 0) > knotsMost)
    joined(
      left,
      leastHarmful(
        left,
        Array.from({ length: left.length - 1 }, (_, place) => place),
      ),
    );
  return left;
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

/** A step stands for so many rows at least. */
export function fitIsotonic(told: ArrayLike<number>, came: ArrayLike<number>, rowsLeast = 1): Calibration {
  assert(told.length > 0 && told.length === came.length, 'a calibration is fitted on rows');
  const order = Int32Array.from({ length: told.length }, (_, row) => row).sort(
    (a, b) => (told[a] as number) - (told[b] as number) || a - b,
  );
  const pools = pooled(
    Float64Array.from(order, (row) => told[row] as number),
    Float64Array.from(order, (row) => came[row] as number),
  );
  // Each step keeps both its ends, so that within it nothing rises.
  const ends = fewer(pools, rowsLeast, KNOTS_MOST).flatMap(({ from, to, rows, came: sum }) =>
    from === to ? [[from, sum / rows] as const] : [[from, sum / rows] as const, [to, sum / rows] as const],
  );
  return { kind: 'isotonic', from: ends.map(([at]) => at), to: ends.map(([, level]) => level) };
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
 * A curve, unless steps tell better what they were not fitted on: fitted on the earlier half of the rows the later half, and the other
 * way round; then fitted on all. Steps follow any shape and take a handful of lucky rows at the end for a rule; a curve does neither. Rows
 * are in the order of time.
 */
export function fitCalibration(told: ArrayLike<number>, came: ArrayLike<number>): Calibration {
  const half = told.length >> 1;
  if (half === 0) return fitPlatt(told, came);
  const earlier = { told: halves(told, half)[0], came: halves(came, half)[0] };
  const later = { told: halves(told, half)[1], came: halves(came, half)[1] };
  const steps = (rows: Rows): Calibration => fitIsotonic(rows.told, rows.came, Math.ceil(STEP_SHARE * rows.told.length));
  const curve = (rows: Rows): Calibration => fitPlatt(rows.told, rows.came);
  const better = (on: Rows, of: Rows): boolean => lossOf(steps(on), of) < lossOf(curve(on), of);
  return (better(earlier, later) && better(later, earlier) ? steps : curve)({ told, came });
}

interface Rows {
  readonly told: ArrayLike<number>;
  readonly came: ArrayLike<number>;
}

function lossOf(calibration: Calibration, { told, came }: Rows): number {
  let loss = 0;
  for (let row = 0; row < told.length; row++) {
    const now = Math.min(1 - LEAST_LATER, Math.max(LEAST_LATER, calibrate(calibration, told[row] as number)));
    loss -= Math.log(came[row] === 1 ? now : 1 - now);
  }
  return loss;
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
