/** What one model said of one candle, and what that comes to for either side. */
import type { Direction } from './signal.js';

/** Of the two sides' probabilities; what they leave of 1 is that the price goes neither way. */
export type SidedProbability = Readonly<Record<Direction, number>>;

export type ModelOutput =
  | ({ readonly kind: 'sides' } & SidedProbability)
  /** Of the return over the model's horizon, in its own unit: `values[i]` is not exceeded with probability `levels[i]`. */
  | { readonly kind: 'quantiles'; readonly levels: readonly number[]; readonly values: readonly number[] };

/** Sums of probabilities come in single precision. */
const SLACK = 1e-6;

export function isOutput(output: ModelOutput): boolean {
  if (output.kind === 'sides') {
    const { BUY, SELL } = output;
    return BUY >= 0 && SELL >= 0 && BUY + SELL <= 1 + SLACK;
  }
  const { levels, values } = output;
  const rising = levels.every((level, at) => level > (levels[at - 1] ?? 0) && level < 1);
  return levels.length >= 2 && levels.length === values.length && rising && values.every(Number.isFinite);
}

/**
 * How likely the return is below 0, and how likely above. Between quantiles the distribution is taken for even; beyond the
 * outermost nothing is known but how much lies there, so neither side is surer than they are.
 */
function sidesOfQuantiles(levels: readonly number[], values: readonly number[]): SidedProbability {
  // A network that learned each level for itself may cross them; in order they are nearer to the truth.
  const sorted = [...values].sort((a, b) => a - b);
  const levelAt = (upper: number): number => {
    const [v0, v1] = [sorted[upper - 1] as number, sorted[upper] as number];
    const [l0, l1] = [levels[upper - 1] as number, levels[upper] as number];
    return l0 + ((0 - v0) / (v1 - v0)) * (l1 - l0);
  };
  const lowest = levels[0] as number;
  const highest = levels.at(-1) as number;
  const notBelow = sorted.findIndex((value) => value >= 0);
  const above = sorted.findIndex((value) => value > 0);
  const below = notBelow < 0 ? highest : notBelow === 0 ? lowest : levelAt(notBelow);
  const upTo = above < 0 ? highest : above === 0 ? lowest : levelAt(above);
  return { BUY: 1 - upTo, SELL: below };
}

export function sidesOf(output: ModelOutput): SidedProbability {
  if (output.kind === 'quantiles') return sidesOfQuantiles(output.levels, output.values);
  const { BUY, SELL } = output;
  const over = Math.max(1, BUY + SELL);
  return { BUY: BUY / over, SELL: SELL / over };
}

/** How far the outermost quantiles lie apart, in the model's unit: how unsure it is. Undefined where it does not say. */
export function spreadOf(output: ModelOutput): number | undefined {
  return output.kind === 'quantiles' ? Math.max(...output.values) - Math.min(...output.values) : undefined;
}
