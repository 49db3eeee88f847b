import type { ChartPattern } from './chart-pattern.js';
import type { Formation } from './formation.js';
import { type MarkedChart, TOLERANCE } from './marked-chart.js';

/** The trough lies at least so many ranges below the lower top. */
const DEPTH = 3;

/** A double top; `side` −1 is a double bottom. Prices are measured from the second top, upwards or downwards. */
function seekOn(side: number, chart: MarkedChart, formation: Formation): void {
  const { swings, tolerance } = chart;
  if (swings.length < 4 || swings.kind !== side || !formation.isLaterThanDone(2)) return;
  const second = swings.price(0);
  const first = side * (swings.price(2) - second);
  if (Math.abs(first) > 2 * tolerance) return;
  const trough = side * (swings.price(1) - second);
  if (Math.min(0, first) - trough < DEPTH * chart.range) return;
  const start = side * (swings.price(3) - second);
  if (start >= trough) return;
  formation.watch(2, -side, swings.at(0) - swings.at(2), tolerance);
  const top = side * Math.max(0, first);
  const neck = side * trough;
  formation.upperLine(side > 0 ? top : neck, 0);
  formation.lowerLine(side > 0 ? neck : top, 0);
}

export const DOUBLE_TOP: ChartPattern = {
  name: 'chart_double_top',
  definition:
    `−100: two highs each within ${TOLERANCE} atr of their mean, the low between ≥ ${DEPTH} atr below both and above the low before them, then a close ` +
    `> ${TOLERANCE} atr below that low, as many candles after the second at most as there are between the two, none > ${TOLERANCE} atr above the higher`,
  seek: (chart, formation) => seekOn(1, chart, formation),
};

export const DOUBLE_BOTTOM: ChartPattern = {
  name: 'chart_double_bottom',
  definition: '100: chart_double_top turned over',
  seek: (chart, formation) => seekOn(-1, chart, formation),
};
