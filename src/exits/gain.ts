import type { ExitView } from './exit-rule.js';

/** +1 for a buy, −1 for a sell: prices times it grow with the gain. */
export function signOf({ position }: Pick<ExitView, 'position'>): 1 | -1 {
  return position.direction === 'BUY' ? 1 : -1;
}

/** What was risked at entry, in price: 0 where the signal had no stop on the losing side. */
export function riskOf(view: Pick<ExitView, 'position' | 'signal'>): number {
  return Math.max(0, signOf(view) * (view.signal.entry - view.signal.stopLoss));
}

/** What differences of prices lose as doubles, as a multiple of the risk: far above that, and far below a tick. */
const LOST = 1e-9;

/** Whether the gain is at least that multiple of the risk at entry; not so where either is not known. */
export function hasGained(view: Pick<ExitView, 'position' | 'signal' | 'price'>, multiple: number): boolean {
  const risk = riskOf(view);
  if (view.price === undefined || risk === 0) return false;
  return (signOf(view) * (view.price - view.signal.entry)) / risk >= multiple - LOST;
}
