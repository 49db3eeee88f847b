import type { NetWeights } from './net-weights.js';

/** Moments of each weight so far, by name as the weights. */
export interface AdamState {
  readonly step: number;
  readonly means: Readonly<Record<string, Float32Array>>;
  readonly squares: Readonly<Record<string, Float32Array>>;
}

export interface AdamRules {
  readonly rate: number;
  /** A gradient that is longer, over all weights together, is shortened to this. */
  readonly gradientMost: number;
  /** Share of the rate by which weights of more than one dimension shrink at each step. */
  readonly decay: number;
}

const MEAN_KEPT = 0.9;
const SQUARE_KEPT = 0.999;
const LEAST = 1e-8;

export function freshAdam(weights: NetWeights): AdamState {
  const empty = () =>
    Object.fromEntries(Object.entries(weights).map(([name, { values }]) => [name, new Float32Array(values.length)]));
  return { step: 0, means: empty(), squares: empty() };
}

/** One step down the gradients, by Adam with the decay apart from them (Loshchilov and Hutter). Weights and moments are changed in place. */
export function adamStep(
  weights: NetWeights,
  gradients: Readonly<Record<string, Float32Array>>,
  state: AdamState,
  { rate, gradientMost, decay }: AdamRules,
): AdamState {
  const step = state.step + 1;
  const shortened = Math.min(1, gradientMost / Math.max(LEAST, lengthOf(gradients)));
  const meanBias = 1 - MEAN_KEPT ** step;
  const squareBias = 1 - SQUARE_KEPT ** step;
  for (const [name, { shape, values }] of Object.entries(weights)) {
    const gradient = gradients[name] as Float32Array;
    const means = state.means[name] as Float32Array;
    const squares = state.squares[name] as Float32Array;
    const kept = shape.length > 1 ? 1 - rate * decay : 1;
    for (let at = 0; at < values.length; at++) {
      const slope = shortened * (gradient[at] as number);
      const mean = MEAN_KEPT * (means[at] as number) + (1 - MEAN_KEPT) * slope;
      const square = SQUARE_KEPT * (squares[at] as number) + (1 - SQUARE_KEPT) * slope * slope;
      means[at] = mean;
      squares[at] = square;
      values[at] = kept * (values[at] as number) - (rate * (mean / meanBias)) / (Math.sqrt(square / squareBias) + LEAST);
    }
  }
  return { ...state, step };
}

function lengthOf(gradients: Readonly<Record<string, Float32Array>>): number {
  let sum = 0;
  for (const gradient of Object.values(gradients)) for (const slope of gradient) sum += slope * slope;
  return Math.sqrt(sum);
}
