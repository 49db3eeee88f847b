import type { ChartPattern } from './chart-pattern.js';
import { LOWER, UPPER } from './corridor.js';
import { AHEAD, type Formation } from './formation.js';
import { type MarkedChart, TOLERANCE } from './marked-chart.js';

/** The trough lies at least so many ranges below the lower top. */
const DEPTH = 3;

/** A double top; `side` −1 is a double bottom. Prices are measured from the second top, upwards or downwards. */
function seekOn(side: number, chart: MarkedChart, formation: Formation): void {
  const { swings, range, tolerance } = chart;
  const { candles, prices } = swings;
  if (swings.length < 4 || swings.kind !== side || !formation.isLaterThanDone(2)) return;
  const second = prices[0] as number;
  const first = side * ((prices[2] as number) - second);
  if (Math.abs(first) > 2 * tolerance) return;
  const trough = side * ((prices[1] as number) - second);
  if (Math.min(0, first) - trough < DEPTH * range) return;
  const start = side * ((prices[3] as number) - second);
  if (start >= trough) return;
  const { lines } = formation;
  const neck = side > 0 ? LOWER : UPPER;
  const top = side > 0 ? UPPER : LOWER;
  lines.fill(0);
  lines[neck] = side * trough;
  lines[top] = side * Math.max(0, first);
  formation.cells[AHEAD] = (candles[0] as number) - (candles[2] as number);
  formation.watch(2, -side, TOLERANCE);
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
