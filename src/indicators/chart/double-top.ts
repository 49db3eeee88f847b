import type { SwingChain } from '../parts/swing-chain.js';
import { type ChartPattern, TOLERANCE } from './chart-pattern.js';
import type { Formation } from './formation.js';

/** The trough lies at least so many ranges below the lower top. */
const DEPTH = 3;

/** A double top; `side` −1 is a double bottom. */
function seek(side: number, swings: SwingChain, range: number, formation: Formation): void {
  if (swings.length < 4 || swings.kind !== side || !formation.isLaterThanDone(swings, 2)) return;
  const second = swings.price(0);
  const first = side * (swings.price(2) - second);
  if (Math.abs(first) > 2 * TOLERANCE * range) return;
  const trough = side * (swings.price(1) - second);
  if (Math.min(0, first) - trough < DEPTH * range) return;
  const start = side * (swings.price(3) - second);
  if (start >= trough) return;
  formation.watch(swings, 2, -side, swings.at(0) - swings.at(2), TOLERANCE * range);
  const top = side * Math.max(0, first);
  const neck = side * trough;
  formation.upperLine(side > 0 ? top : neck, 0);
  formation.lowerLine(side > 0 ? neck : top, 0);
}

export const DOUBLE_TOP: ChartPattern = {
  name: 'chart_double_top',
  definition: '',
  seek: (swings, range, formation) => seek(1, swings, range, formation),
};

export const DOUBLE_BOTTOM: ChartPattern = {
  name: 'chart_double_bottom',
  definition: '',
  seek: (swings, range, formation) => seek(-1, swings, range, formation),
};
