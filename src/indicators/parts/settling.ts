/** What is left of the beginning is nothing beside the tolerance, 1e-9 of a millionth of the price. */
const NOTHING = 1e-15;

/** Candles after which a recursion that keeps this share of itself at each has forgotten where it began. */
export function forgottenAfter(kept: number): number {
  return Math.ceil(Math.log(NOTHING) / Math.log(kept));
}

export function emaSettles(period: number): number {
  return period + forgottenAfter(1 - 2 / (period + 1));
}

export function wilderSettles(period: number): number {
  return period + 1 + forgottenAfter(1 - 1 / period);
}
