import { assert } from '../runtime/assert.js';
import type { Random } from '../runtime/random.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Between which ends the mean of the values would lie, so often as `certainty` says, if the past were drawn anew. Whole blocks
 * of time are drawn, with all that fell into them: neighbouring rows, and rows of other symbols at the same hour, come true
 * together, and drawn one by one they would count as independent, and the interval would be far too narrow.
 */
export function blockInterval(
  values: ArrayLike<number>,
  timesMs: ArrayLike<number>,
  blockMs: number,
  random: Random,
  { draws = 1_000, certainty = 0.95 } = {},
): Interval {
  const { sums, counts } = blocksOf(values, timesMs, blockMs);
  assert(sums.length > 0, 'an interval is of something');
  const means = Float64Array.from({ length: draws }, () => {
    let [sum, count] = [0, 0];
    for (let drawn = 0; drawn < sums.length; drawn++) {
      const block = random.int(sums.length);
      sum += sums[block] as number;
      count += counts[block] as number;
    }
    return sum / count;
  }).sort();
  const at = (share: number): number => means[Math.min(draws - 1, Math.floor(share * draws))] as number;
  return { low: at((1 - certainty) / 2), high: at((1 + certainty) / 2) };
}

interface Blocks {
  readonly sums: readonly number[];
  readonly counts: readonly number[];
}

function blocksOf(values: ArrayLike<number>, timesMs: ArrayLike<number>, blockMs: number): Blocks {
  const blocks = new Map<number, { sum: number; count: number }>();
  for (let row = 0; row < values.length; row++) {
    const block = Math.floor((timesMs[row] as number) / blockMs);
    const { sum, count } = blocks.get(block) ?? { sum: 0, count: 0 };
    blocks.set(block, { sum: sum + (values[row] as number), count: count + 1 });
  }
  const all = [...blocks.values()];
  return { sums: all.map(({ sum }) => sum), counts: all.map(({ count }) => count) };
}
