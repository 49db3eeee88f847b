/**
 * The recurrent net: each candle's inputs are first brought to a small width, then an LSTM goes over the candles; its last
 * state and the newest candle tell quantiles of the return over each horizon. Its gates stand as ONNX has them: input, output, forget, cell.
 *
 * Neighbouring windows share all candles but one, so they are given as stretches of candles, and each candle is brought to
 * its small width once for all windows that it is in. A quantile is the one below it and something above 0: they cannot cross.
 */
import * as tf from '@tensorflow/tfjs-core';
import { SCALED_COUNT } from '../../models/input-scale.js';
import type { Random } from '../../runtime/random.js';
import type { TensorOf } from './fit-net.js';
import { drawn, type NetWeights, zeros } from './net-weights.js';

/** Candles that the net is shown at once, the newest last. */
export const LSTM_STEPS = 50;
export const LSTM_HORIZONS = ['1m', '5m', '15m', '1h'] as const;
export const LSTM_LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

const LEVELS = LSTM_LEVELS.length;
const TOLD = LSTM_HORIZONS.length * LEVELS;

export interface LstmSizes {
  /** What each candle's inputs are brought to. */
  readonly projected: number;
  readonly hidden: number;
}

/** Stretches of candles: of each, so many windows as it has candles more than `LSTM_STEPS` less one. */
export interface Stretches {
  readonly count: number;
  /** Windows of a stretch: the first ends with its candle `LSTM_STEPS`, each next one candle later. */
  readonly windows: number;
  /** Scaled inputs of `count` × (`windows` + `LSTM_STEPS` − 1) candles. */
  readonly scaled: Float32Array;
}

/** `unconditional`: quantiles that are told when nothing was learned yet, a row per horizon. */
export function freshLstm(
  { projected, hidden }: LstmSizes,
  unconditional: readonly (readonly number[])[],
  random: Random,
): NetWeights {
  const gates = zeros(4 * hidden);
  // A fresh net remembers: its forget gates are open.
  gates.values.fill(1, 2 * hidden, 3 * hidden);
  return {
    projection: drawn(random.fork('projection'), 1 / Math.sqrt(SCALED_COUNT), SCALED_COUNT, projected),
    projectionBias: zeros(projected),
    input: drawn(random.fork('input'), 1 / Math.sqrt(projected), projected, 4 * hidden),
    recurrent: drawn(random.fork('recurrent'), 1 / Math.sqrt(hidden), hidden, 4 * hidden),
    gates,
    head: drawn(random.fork('head'), 0.1 / Math.sqrt(hidden + projected), hidden + projected, TOLD),
    headBias: { shape: [TOLD], values: Float32Array.from(unconditional.flatMap(untold)) },
  };
}

/** What the head has to say for these quantiles: the lowest, then how far it is to the next, before softplus. */
function untold(quantiles: readonly number[]): number[] {
  return quantiles.map((value, at) => {
    if (at === 0) return value;
    const above = Math.max(1e-3, value - (quantiles[at - 1] as number));
    return Math.log(Math.expm1(above));
  });
}

/** Quantiles of each window, `[windows, horizons, levels]`, in the scale of each horizon. */
export function lstmForward(weights: TensorOf, { count, windows, scaled }: Stretches): tf.Tensor3D {
  const candles = windows + LSTM_STEPS - 1;
  const rows = count * windows;
  const inputs = tf.tensor2d(scaled, [count * candles, SCALED_COUNT]);
  const projection = weights('projection') as tf.Tensor2D;
  const projected = tf.tanh(tf.add(tf.matMul(inputs, projection), weights('projectionBias')));
  // What a candle adds to the gates is the same for every window that it is in.
  const added = tf.add(tf.matMul(projected, weights('input') as tf.Tensor2D), weights('gates'));
  const hidden = weights('recurrent').shape[0] as number;
  const along = tf.reshape(added, [count, candles, 4 * hidden]) as tf.Tensor3D;
  let state = tf.zeros([rows, hidden]) as tf.Tensor2D;
  let cell = tf.zeros([rows, hidden]) as tf.Tensor2D;
  for (let step = 0; step < LSTM_STEPS; step++) {
    const seen = tf.reshape(tf.slice(along, [0, step, 0], [count, windows, 4 * hidden]), [rows, 4 * hidden]) as tf.Tensor2D;
    const sums = tf.add(seen, tf.matMul(state, weights('recurrent') as tf.Tensor2D)) as tf.Tensor2D;
    const [open, candidate] = tf.split(sums, [3 * hidden, hidden], 1) as [tf.Tensor2D, tf.Tensor2D];
    const [taken, shown, kept] = tf.split(tf.sigmoid(open), 3, 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    cell = tf.add(tf.mul(kept, cell), tf.mul(taken, tf.tanh(candidate)));
    state = tf.mul(shown, tf.tanh(cell));
  }
  const width = projection.shape[1];
  const candle = tf.slice(
    tf.reshape(projected, [count, candles, width]) as tf.Tensor3D,
    [0, LSTM_STEPS - 1, 0],
    [count, windows, width],
  );
  const newest = tf.reshape(candle, [rows, width]) as tf.Tensor2D;
  const last = tf.concat([state, newest], 1);
  return rising(tf.add(tf.matMul(last, weights('head') as tf.Tensor2D), weights('headBias')) as tf.Tensor2D);
}

function rising(told: tf.Tensor2D): tf.Tensor3D {
  const all = tf.reshape(told, [-1, LEVELS]) as tf.Tensor2D;
  const rows = all.shape[0];
  const lowest = tf.slice(all, [0, 0], [rows, 1]);
  const above = tf.softplus(tf.slice(all, [0, 1], [rows, LEVELS - 1]));
  const quantiles = tf.matMul(tf.concat([lowest, above], 1), tf.tensor2d(summing(LEVELS), [LEVELS, LEVELS]));
  return tf.reshape(quantiles, [-1, LSTM_HORIZONS.length, LEVELS]);
}

/** The matrix that makes of numbers their sums up to each. */
export function summing(count: number): Float32Array {
  return Float32Array.from({ length: count * count }, (_, at) => (Math.floor(at / count) <= at % count ? 1 : 0));
}

/** What is lost by telling these quantiles of what came, `[windows, horizons]`, per window that counts. */
export function pinballLoss(quantiles: tf.Tensor3D, came: tf.Tensor2D, counts: tf.Tensor1D): tf.Scalar {
  const rows = counts.shape[0];
  const off = tf.sub(tf.reshape(came, [rows, LSTM_HORIZONS.length, 1]), quantiles);
  // Too low by so much costs its level of it, too high one less its level.
  const lost = tf.add(tf.mul(off, tf.tensor1d([...LSTM_LEVELS])), tf.relu(tf.mul(off, -1)));
  const perWindow = tf.sum(tf.reshape(lost, [rows, TOLD]), 1);
  const share = 1 / (TOLD * (tf.sum(counts).dataSync()[0] as number));
  return tf.mul(tf.sum(tf.mul(perWindow, counts)), share);
}
