/**
 * Whether a stop may be moved, and where to. It only ever moves with the gain: risk never grows. Distances are compared in whole
 * ticks and points, so that a double's last bit decides nothing.
 */
import type { ExitAction, ExitRuleName, ExitView } from './exit-rule.js';
import { signOf } from './gain.js';

/** A part of a tick that is none. */
const SLACK = 1e-6;

/** True inside the freeze level of the stop or the target: there the broker changes nothing. */
export function isFrozen({ position, price, symbol }: ExitView): boolean {
  if (price === undefined || symbol.freezeLevel === 0) return false;
  const near = (level: number): boolean => level > 0 && Math.abs(price - level) / symbol.point <= symbol.freezeLevel + SLACK;
  return near(position.stopLoss) || near(position.takeProfit);
}

/** The price on the symbol's grid, no nearer to the market than wished (`back`), or no farther (`forth`). */
export function onTick(view: ExitView, wished: number, way: 'back' | 'forth'): number {
  const { tickSize, digits } = view.symbol;
  const ticks = wished / tickSize;
  const down = signOf(view) > 0 === (way === 'back');
  const whole = down ? Math.floor(ticks + SLACK) : Math.ceil(ticks - SLACK);
  return Number((whole * tickSize).toFixed(digits));
}

/** The nearest to the market that its stops level allows. */
export function nearestStop(view: ExitView, price: number): number {
  const { stopsLevel, point } = view.symbol;
  // At the price itself a stop would be hit at once.
  return price - signOf(view) * Math.max(stopsLevel, 1) * point;
}

/** The stop moved there; undefined where it may not be, or not by as much as the step, which is a price. */
export function moveStop(view: ExitView, rule: ExitRuleName, to: number, step: number): ExitAction | undefined {
  const { position, price, symbol } = view;
  if (price === undefined || !(to > 0) || isFrozen(view)) return undefined;
  const sign = signOf(view);
  const room = (sign * (price - to)) / symbol.point;
  if (room < Math.max(symbol.stopsLevel, 1) - SLACK) return undefined;
  const gained = (sign * (to - position.stopLoss)) / symbol.tickSize;
  const least = Math.max(1, step / symbol.tickSize);
  if (position.stopLoss > 0 && gained < least - SLACK) return undefined;
  return { kind: 'modify', rule, stopLoss: to, takeProfit: position.takeProfit };
}
