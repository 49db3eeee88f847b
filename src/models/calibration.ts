/** From what a model says to how often it was so: a map fitted on held-out data, as plain numbers. */
export type Calibration =
  | { readonly kind: 'as is' }
  /** 1 / (1 + exp(−(slope · logit(p) + offset))) */
  | { readonly kind: 'platt'; readonly slope: number; readonly offset: number }
  /** Straight lines between knots; flat outside of them. */
  | { readonly kind: 'isotonic'; readonly from: readonly number[]; readonly to: readonly number[] };

export const AS_IS: Calibration = { kind: 'as is' };

/** Nearer to 0 or 1 no logit is taken. */
const EDGE = 1e-6;
/** More knots than any fit needs: each is kept with every signal that it made. */
export const KNOTS_MOST = 64;

/** The log odds of a probability, finite for every one. */
export function logOdds(probability: number): number {
  const p = Math.min(1 - EDGE, Math.max(EDGE, probability));
  return Math.log(p / (1 - p));
}

/** The probability of log odds. */
export function logistic(odds: number): number {
  return 1 / (1 + Math.exp(-odds));
}

const isShare = (value: number): boolean => value >= 0 && value <= 1;
const rises = (values: readonly number[], strictly: boolean): boolean =>
  values.every((value, at) => at === 0 || value > (values[at - 1] as number) || (!strictly && value === values[at - 1]));

/** What is wrong with a map, so that it is refused when it is loaded; undefined where nothing is. */
export function calibrationFault(calibration: Calibration): string | undefined {
  if (calibration.kind === 'as is') return undefined;
  if (calibration.kind === 'platt') {
    const { slope, offset } = calibration;
    return slope >= 0 && Number.isFinite(slope) && Number.isFinite(offset) ? undefined : 'its slope falls or is no number';
  }
  const { from, to } = calibration;
  if (from.length === 0 || from.length !== to.length || from.length > KNOTS_MOST) return `it has not 1 to ${KNOTS_MOST} knots`;
  if (!from.every(isShare) || !to.every(isShare)) return 'a knot is not from 0 to 1';
  return rises(from, true) && rises(to, false) ? undefined : 'its knots do not rise';
}

function between(from: readonly number[], to: readonly number[], probability: number): number {
  const after = from.findIndex((knot) => knot >= probability);
  if (after < 0) return to.at(-1) as number;
  const [x1, y1] = [from[after] as number, to[after] as number];
  if (after === 0 || x1 === probability) return y1;
  const [x0, y0] = [from[after - 1] as number, to[after - 1] as number];
  return y0 + ((probability - x0) / (x1 - x0)) * (y1 - y0);
}

/** A probability, calibrated: again one, and never lower for a higher one. */
export function calibrate(calibration: Calibration, probability: number): number {
  switch (calibration.kind) {
    case 'as is':
      return probability;
    case 'platt':
      return logistic(calibration.slope * logOdds(probability) + calibration.offset);
    case 'isotonic':
      return between(calibration.from, calibration.to, probability);
  }
}
