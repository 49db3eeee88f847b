import type { ExitView } from './exit-rule.js';

/** +1 for a buy, −1 for a sell: prices times it grow with the gain. */
export function signOf({ position }: Pick<ExitView, 'position'>): 1 | -1 {
  return position.direction === 'BUY' ? 1 : -1;
}

/** What was risked at entry, in price: 0 where the signal had no stop on the losing side. */
export function riskOf(view: Pick<ExitView, 'position' | 'signal'>): number {
  return Math.max(0, signOf(view) * (view.signal.entry - view.signal.stopLoss));
}

/** Gain as a multiple of the risk at entry; undefined where either is not known. */
export function gainOf(view: Pick<ExitView, 'position' | 'signal' | 'price'>): number | undefined {
  const risk = riskOf(view);
  if (view.price === undefined || risk === 0) return undefined;
  return (signOf(view) * (view.price - view.signal.entry)) / risk;
}
