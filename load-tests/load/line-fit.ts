/**
 * Does a figure grow? A line is fitted through the means of even blocks of samples, since neighbouring samples of one process are
 * alike and a line through them all would be far too sure of itself. The figure grows when the 99 % confidence interval of the
 * slope lies above zero and what the line rises over the window is at least a stated size: without the first any noise would
 * fail, without the second a byte would.
 */
import { assert } from '../../src/runtime/assert.js';

export interface FittedLine {
  readonly slope: number;
  /** Ends of the 99 % confidence interval of the slope. */
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  /** From the first sample to the last, by the line. */
  readonly rise: number;
}

export const BLOCKS = 10;

/** Student's t for a two-sided 99 % interval, by degrees of freedom from 1 on; as tables print it. */
const T_99 = [63.657, 9.925, 5.841, 4.604, 4.032, 3.707, 3.499, 3.355, 3.25, 3.169];

/** Means of even blocks; the samples themselves where there are no more of them. */
function blockMeans(xs: readonly number[], ys: readonly number[], blocks: number): { xs: number[]; ys: number[] } {
  const count = Math.min(blocks, xs.length);
  const mean = (all: readonly number[], from: number, to: number): number =>
    all.slice(from, to).reduce((sum, one) => sum + one, 0) / (to - from);
  const edges = Array.from({ length: count + 1 }, (_, at) => Math.round((at * xs.length) / count));
  const of = (all: readonly number[]): number[] => edges.slice(1).map((to, at) => mean(all, edges[at] as number, to));
  return { xs: of(xs), ys: of(ys) };
}

export function fitLine(allXs: readonly number[], allYs: readonly number[], blocks = BLOCKS): FittedLine {
  assert(allXs.length === allYs.length && allXs.length >= 3, 'a line is fitted through three samples or more');
  const { xs, ys } = blockMeans(allXs, allYs, blocks);
  const n = xs.length;
  const meanX = xs.reduce((sum, x) => sum + x, 0) / n;
  const mean = ys.reduce((sum, y) => sum + y, 0) / n;
  const spread = xs.reduce((sum, x) => sum + (x - meanX) ** 2, 0);
  const together = xs.reduce((sum, x, at) => sum + (x - meanX) * ((ys[at] as number) - mean), 0);
  const slope = together / spread;
  const left = xs.reduce((sum, x, at) => sum + ((ys[at] as number) - mean - slope * (x - meanX)) ** 2, 0);
  const t = T_99[n - 3];
  assert(t !== undefined, 'as many blocks as the table of t has');
  const margin = t * Math.sqrt(left / (n - 2) / spread);
  const span = (allXs.at(-1) as number) - (allXs[0] as number);
  return { slope, low: slope - margin, high: slope + margin, mean, rise: slope * span };
}

/** Whether it does, by at least `least` over the window. */
export function grows(line: FittedLine, least: number): boolean {
  return line.low > 0 && line.rise >= least;
}
