import type { ExitSettings } from '../accounts/trading-settings.js';
import type { ExitRule, ExitView } from './exit-rule.js';
import { hasGained, riskOf, signOf } from './gain.js';
import { moveStop, nearestStop, onTick } from './stop-move.js';

/** In price; undefined where its unit is not known. */
function distanceOf(view: ExitView, { trailingMode, trailingDistance }: ExitSettings): number | undefined {
  const unit = { atr: view.atr, pips: view.symbol.pip, r: riskOf(view) }[trailingMode];
  return unit !== undefined && unit > 0 ? unit * trailingDistance : undefined;
}

/** From a gain on the stop follows the price at a distance, in steps, and never back. */
export const trailingStop: ExitRule = (view, settings) => {
  const { price } = view;
  if (!settings.trailing || price === undefined) return undefined;
  if (!hasGained(view, settings.trailingAfterR)) return undefined;
  const distance = distanceOf(view, settings);
  if (distance === undefined) return undefined;
  const sign = signOf(view);
  const behind = price - sign * distance;
  const nearest = nearestStop(view, price);
  const wished = sign * (nearest - behind) < 0 ? nearest : behind;
  return moveStop(view, 'trailing-stop', onTick(view, wished, 'back'), settings.trailingStepPips * view.symbol.pip);
};
