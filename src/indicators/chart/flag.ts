import type { SwingChain } from '../parts/swing-chain.js';
import { type ChartPattern, TOLERANCE } from './chart-pattern.js';
import { CLEAR } from './converging.js';
import { Corridor } from './corridor.js';
import type { Formation } from './formation.js';

export const TOUCHES_LEAST = 4;
export const TOUCHES_MOST = 7;
/** The pole is at least so many ranges high, and so many per candle. */
const POLE = 5;
const STEEP = 0.4;
/** The channel takes back at most this share of the pole. */
const TAKEN_BACK = 0.6;
/** Of its two ends the narrower is at least this share as wide as the other. */
const PARALLEL = 0.5;

const corridor = new Corridor();

/** A flag on a pole that rose (`side` 1) or fell (−1). */
function seekOn(side: number, swings: SwingChain, range: number, formation: Formation): void {
  const most = Math.min(TOUCHES_MOST, swings.length - 1);
  for (let touches = TOUCHES_LEAST; touches <= most; touches++) {
    // The pole's end is the channel's first swing.
    if ((touches % 2 === 1 ? swings.kind : -swings.kind) !== side || !formation.isLaterThanDone(swings, touches)) continue;
    const pole = side * (swings.price(touches - 1) - swings.price(touches));
    const length = swings.at(touches - 1) - swings.at(touches);
    if (pole < POLE * range || pole < STEEP * range * length) continue;
    let deepest = 0;
    for (let back = 0; back < touches; back++) {
      deepest = Math.max(deepest, side * (swings.price(touches - 1) - swings.price(back)));
    }
    if (deepest > TAKEN_BACK * pole) continue;
    corridor.fit(swings, touches, 0);
    if (corridor.worst > TOLERANCE * range) continue;
    if (side * (corridor.upperRise + corridor.lowerRise) > -2 * TOLERANCE * range) continue;
    const { widthFirst, widthLast } = corridor;
    if (Math.min(widthFirst, widthLast) < PARALLEL * Math.max(widthFirst, widthLast)) continue;
    formation.watch(swings, touches, side, corridor.length, CLEAR * range);
    formation.upperLine(corridor.upper, corridor.upperSlope);
    formation.lowerLine(corridor.lower, corridor.lowerSlope);
    return;
  }
}

export const FLAG: ChartPattern = {
  name: 'chart_flag',
  definition: '',
  seek: (swings, range, formation) => {
    seekOn(1, swings, range, formation);
    seekOn(-1, swings, range, formation);
  },
};
