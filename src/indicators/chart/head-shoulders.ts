import type { SwingChain } from '../parts/swing-chain.js';
import { type ChartPattern, TOLERANCE } from './chart-pattern.js';
import type { Formation } from './formation.js';

/** The head stands out from both shoulders by at least so many ranges. */
const HEAD = 1;
/** The neckline rises or falls from trough to trough by at most this share of the head's height over it. */
const TILT = 1 / 3;
/** The longer of the two halves is at most so many times the other. */
const LOPSIDED = 2.5;

/** Head and shoulders; `side` 1 is a top, −1 the inverse. */
function seek(side: number, swings: SwingChain, range: number, formation: Formation): void {
  if (swings.length < 5 || swings.kind !== side || !formation.isLaterThanDone(swings, 4)) return;
  const right = swings.price(0);
  const left = side * (swings.price(4) - right);
  if (Math.abs(left) > 2 * TOLERANCE * range) return;
  const head = side * (swings.price(2) - right);
  if (head - Math.max(0, left) < HEAD * range) return;
  const before = swings.at(2) - swings.at(4);
  const after = swings.at(0) - swings.at(2);
  if (Math.max(before, after) > LOPSIDED * Math.min(before, after)) return;
  const trough = side * (swings.price(3) - right);
  const drop = side * (swings.price(1) - right) - trough;
  const slope = drop / (swings.at(1) - swings.at(3));
  const height = head - (trough + slope * (swings.at(2) - swings.at(3)));
  if (Math.abs(drop) > TILT * height) return;
  const neck = side * (trough + slope * (swings.at(0) - swings.at(3)));
  formation.watch(swings, 4, -side, before + after, TOLERANCE * range);
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
  definition: '',
  seek: (swings, range, formation) => seek(1, swings, range, formation),
};

export const INVERSE_HEAD_SHOULDERS: ChartPattern = {
  name: 'chart_inverse_head_shoulders',
  definition: '',
  seek: (swings, range, formation) => seek(-1, swings, range, formation),
};
