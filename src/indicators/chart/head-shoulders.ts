import type { ChartPattern } from './chart-pattern.js';
import { LOWER, UPPER } from './corridor.js';
import { AHEAD, type Formation } from './formation.js';
import { type MarkedChart, TOLERANCE } from './marked-chart.js';

/** The head stands out from both shoulders by at least so many ranges. */
const HEAD = 1;
/** The neckline rises or falls from trough to trough by at most this share of the head's height over it. */
const TILT = 1 / 3;
/** The longer of the two halves is at most so many times the other. */
const LOPSIDED = 2.5;

/** Head and shoulders; `side` 1 is a top, −1 the inverse. Prices are measured from the right shoulder, upwards or downwards. */
function seekOn(side: number, chart: MarkedChart, formation: Formation): void {
  const { swings, range, tolerance } = chart;
  const { candles, prices } = swings;
  if (swings.length < 5 || swings.kind !== side || !formation.isLaterThanDone(4)) return;
  const right = prices[0] as number;
  const left = side * ((prices[4] as number) - right);
  if (Math.abs(left) > 2 * tolerance) return;
  const head = side * ((prices[2] as number) - right);
  if (head - Math.max(0, left) < HEAD * range) return;
  const before = (candles[2] as number) - (candles[4] as number);
  const after = (candles[0] as number) - (candles[2] as number);
  if (Math.max(before, after) > LOPSIDED * Math.min(before, after)) return;
  const trough = side * ((prices[3] as number) - right);
  const drop = side * ((prices[1] as number) - right) - trough;
  const slope = drop / ((candles[1] as number) - (candles[3] as number));
  const height = head - (trough + slope * ((candles[2] as number) - (candles[3] as number)));
  if (Math.abs(drop) > TILT * height) return;
  const { lines } = formation;
  const neck = side > 0 ? LOWER : UPPER;
  lines.fill(0);
  lines[neck] = side * (trough + slope * ((candles[0] as number) - (candles[3] as number)));
  lines[neck + 1] = side * slope;
  formation.cells[AHEAD] = before + after;
  formation.watch(4, -side, TOLERANCE);
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
