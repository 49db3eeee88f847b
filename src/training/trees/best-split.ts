import { BIN_PLACES, type BinEdges } from './bins.js';
import type { Histogram } from './histogram.js';

export interface SplitRules {
  /** Added to every sum of hessians: the larger, the nearer leaves stay to 0. */
  readonly l2: number;
  /** Sum of hessians that a child has at least. */
  readonly childWeightLeast: number;
  /** Fall of the loss, to the second order, that a split brings at least. */
  readonly gainLeast: number;
}

export interface Split {
  readonly column: number;
  /** Bins from 1 up to this go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
}

export interface NodeSums {
  readonly gradient: number;
  readonly hessian: number;
}

/** A smaller share of a node's weight is what rounding has left of nothing. */
const NOTHING = 1e-9;

function worth(gradient: number, hessian: number, l2: number): number {
  return (gradient * gradient) / (hessian + l2);
}

/** The split that makes the loss fall most; of equals the first by column, bin and side of what is missing. */
export function bestSplit(
  histogram: Histogram,
  columns: Int32Array,
  edges: readonly BinEdges[],
  node: NodeSums,
  rules: SplitRules,
): Split | undefined {
  let best: Split | undefined;
  for (const column of columns) {
    const found = bestOfColumn(histogram, column, (edges[column] as BinEdges).length, node, rules);
    if (found !== undefined && (best === undefined || found.gain > best.gain)) best = found;
  }
  return best;
}

/**
 * What has no value is tried on both sides, and, behind the last edge, alone on its own. Where nothing in the node is without a value both come to the same, and then it
 * goes where most goes.
 */
function bestOfColumn(
  histogram: Histogram,
  column: number,
  edges: number,
  { gradient, hessian }: NodeSums,
  { l2, childWeightLeast, gainLeast }: SplitRules,
): Split | undefined {
  const first = 2 * BIN_PLACES * column;
  const missingGradient = histogram[first] as number;
  const missingHessian = histogram[first + 1] as number;
  const complete = missingHessian <= NOTHING * hessian;
  const whole = worth(gradient, hessian, l2);
  let most = gainLeast;
  let [bin, missingLeft] = [0, false];
  let [leftGradient, leftHessian] = [0, 0];
  for (let at = 1; at <= edges + 1; at++) {
    leftGradient += histogram[first + 2 * at] as number;
    leftHessian += histogram[first + 2 * at + 1] as number;
    for (let side = 0; side < 2; side++) {
      if ((side === 1 || at > edges) && complete) break;
      const ownGradient = leftGradient + side * missingGradient;
      const ownHessian = leftHessian + side * missingHessian;
      const otherHessian = hessian - ownHessian;
      if (ownHessian < childWeightLeast || otherHessian < childWeightLeast) continue;
      const gain = 0.5 * (worth(ownGradient, ownHessian, l2) + worth(gradient - ownGradient, otherHessian, l2) - whole);
      if (gain <= most) continue;
      most = gain;
      bin = at;
      missingLeft = complete ? 2 * ownHessian > hessian : side === 1;
    }
  }
  return bin === 0 ? undefined : { column, bin, missingLeft, gain: most };
}
