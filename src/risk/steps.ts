/**
 * Prices and volumes come in steps (0.01 lots, 0.00001 of a price) that binary fractions cannot hold, so nothing is compared
 * or rounded as it stands: it is counted in whole steps, and turned back into the double nearest to the decimal.
 */

/** How near to a whole number of steps counts as that number: far above rounding errors, far below any real part of a step. */
const NEAR = 1e-9;
const MOST_DECIMALS = 10;

const ROUND = { down: Math.floor, up: Math.ceil, nearest: Math.round } as const;

export function wholeSteps(value: number, step: number, round: keyof typeof ROUND): number {
  const count = value / step;
  const nearest = Math.round(count);
  return Math.abs(count - nearest) <= NEAR * Math.max(1, Math.abs(nearest)) ? nearest : ROUND[round](count);
}

/** By step: brokers have a few, and each order is rounded by them several times. */
const scales = new Map<number, number>();
const SCALES_MOST = 256;

/** The power of ten by which the step is a whole number. */
function scaleOf(step: number): number {
  const known = scales.get(step);
  if (known !== undefined) return known;
  const decimals = step.toFixed(MOST_DECIMALS).replace(/0+$/, '').split('.')[1]?.length ?? 0;
  if (scales.size >= SCALES_MOST) scales.clear();
  scales.set(step, 10 ** decimals);
  return 10 ** decimals;
}

/** 7 steps of 0.01 are 0.07, not 0.07000000000000001. */
export function stepsToValue(count: number, step: number): number {
  const scale = scaleOf(step);
  return (count * Math.round(step * scale)) / scale;
}

export function roundToStep(value: number, step: number, round: keyof typeof ROUND): number {
  return stepsToValue(wholeSteps(value, step, round), step);
}
