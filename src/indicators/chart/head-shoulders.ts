import type { ChartPattern } from './chart-pattern.js';
import type { Formation } from './formation.js';
import { type MarkedChart, TOLERANCE } from './marked-chart.js';

/** The head stands out from both shoulders by at least so many ranges. */
const HEAD = 1;
/** The neckline rises or falls from trough to trough by at most this share of the head's height over it. */
const TILT = 1 / 3;
/** The longer of the two halves is at most so many times the other. */
const LOPSIDED = 2.5;

/** Head and shoulders; `side` 1 is a top, −1 the inverse. Prices are measured from the right shoulder, upwards or downwards. */
function seekOn(side: number, chart: MarkedChart, formation: Formation): void {
  const { swings, tolerance } = chart;
  if (swings.length < 5 || swings.kind !== side || !formation.isLaterThanDone(4)) return;
  const right = swings.price(0);
  const left = side * (swings.price(4) - right);
  if (Math.abs(left) > 2 * tolerance) return;
  const head = side * (swings.price(2) - right);
  if (head - Math.max(0, left) < HEAD * chart.range) return;
  const before = swings.at(2) - swings.at(4);
  const after = swings.at(0) - swings.at(2);
  if (Math.max(before, after) > LOPSIDED * Math.min(before, after)) return;
  const trough = side * (swings.price(3) - right);
  const drop = side * (swings.price(1) - right) - trough;
  const slope = drop / (swings.at(1) - swings.at(3));
  const height = head - (trough + slope * (swings.at(2) - swings.at(3)));
  if (Math.abs(drop) > TILT * height) return;
  const neck = side * (trough + slope * (swings.at(0) - swings.at(3)));
  formation.watch(4, -side, before + after, tolerance);
  if (side > 0) {
    formation.upperLine(0, 0);
    formation.lowerLine(neck, slope);
  } else {
    formation.upperLine(neck, -slope);
    formation.lowerLine(0, 0);
  }
}

export const HEAD_SHOULDERS: ChartPattern = {
  name: 'chart_head_shoulders',
  definition:
    `−100: of three highs the first and the last each within ${TOLERANCE} atr of their mean, the middle ≥ ${HEAD} atr above both, as far from one as from the other ` +
    `within 1:${LOPSIDED}; a neckline through the two lows between, tilted by ≤ 1/3 of the head's height over it; then a close > ${TOLERANCE} atr below it, ` +
    `as many candles after the last high at most as there are from first to last, none > ${TOLERANCE} atr above that high`,
  seek: (chart, formation) => seekOn(1, chart, formation),
};

export const INVERSE_HEAD_SHOULDERS: ChartPattern = {
  name: 'chart_inverse_head_shoulders',
  definition: '100: chart_head_shoulders turned over',
  seek: (chart, formation) => seekOn(-1, chart, formation),
};
