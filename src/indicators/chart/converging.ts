/** Triangles and wedges: two lines that meet, told apart by how each of them leans. */
import type { SwingChain } from '../parts/swing-chain.js';
import { TOLERANCE } from './chart-pattern.js';
import { Corridor } from './corridor.js';
import type { Formation } from './formation.js';

export const TOUCHES_LEAST = 5;
export const TOUCHES_MOST = 8;

/** A close has left the lines where it is past one by more than so many ranges: drawn on through few swings, they are no surer. */
export const CLEAR = 1;

/** At the newest swing the lines are at most this share as far apart as at the first. */
const NARROWED = 0.75;
/** The longest leg from swing to swing takes at most so many times the shortest. */
const UNEVEN = 4;

const corridor = new Corridor();

/** Has the longest row of newest swings watched that lie on two lines which lean so and meet. */
export function seekConverging(
  upper: number,
  lower: number,
  side: number,
  swings: SwingChain,
  range: number,
  formation: Formation,
): void {
  const most = Math.min(TOUCHES_MOST, swings.length);
  for (let touches = TOUCHES_LEAST; touches <= most; touches++) {
    if (!formation.isLaterThanDone(swings, touches - 1)) continue;
    corridor.fit(swings, touches, TOLERANCE * range);
    if (corridor.worst > TOLERANCE * range) continue;
    if (corridor.longest > UNEVEN * corridor.shortest) continue;
    const { widthLast } = corridor;
    if (widthLast <= 0 || widthLast > NARROWED * corridor.widthFirst) continue;
    if (Math.sign(corridor.upperSlope) !== upper || Math.sign(corridor.lowerSlope) !== lower) continue;
    const apex = widthLast / (corridor.lowerSlope - corridor.upperSlope);
    formation.watch(swings, touches - 1, side, Math.floor(apex), CLEAR * range);
    formation.upperLine(corridor.upper, corridor.upperSlope);
    formation.lowerLine(corridor.lower, corridor.lowerSlope);
    return;
  }
}
