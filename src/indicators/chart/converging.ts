/** Triangles and wedges: two lines that meet, told apart by how each of them leans. */
import type { SwingChain } from '../parts/swing-chain.js';
import { TOLERANCE } from './chart-pattern.js';
import { Corridor } from './corridor.js';
import type { Formation } from './formation.js';

export const TOUCHES_LEAST = 5;
export const TOUCHES_MOST = 8;
/** At the newest swing the lines are at most this share as far apart as at the first. */
export const NARROWED = 2 / 3;

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
  for (let touches = Math.min(TOUCHES_MOST, swings.length); touches >= TOUCHES_LEAST; touches--) {
    if (!formation.isLaterThanDone(swings, touches - 1)) continue;
    corridor.fit(swings, touches, TOLERANCE * range);
    if (corridor.worst > TOLERANCE * range) continue;
    const { widthLast } = corridor;
    if (widthLast <= 0 || widthLast > NARROWED * corridor.widthFirst) continue;
    if (Math.sign(corridor.upperSlope) !== upper || Math.sign(corridor.lowerSlope) !== lower) continue;
    const apex = widthLast / (corridor.lowerSlope - corridor.upperSlope);
    formation.watch(swings, touches - 1, side, Math.floor(apex), range);
    formation.upperLine(corridor.upper, corridor.upperSlope);
    formation.lowerLine(corridor.lower, corridor.lowerSlope);
    return;
  }
}
