/**
 * The convolutional net: three layers that each look at six neighbours and keep every second place, then a layer over all places,
 * whose direction is the window's embedding; of that the shapes are told. Not pooled over places: a pattern is what it is
 * by where it ends. A convolution is the neighbours put side by side, times a matrix, for the backend can learn nothing else.
 */
import * as tf from '@tensorflow/tfjs-core';
import { CANDLE_STEPS } from '../../models/candle-window.js';
import type { Random } from '../../runtime/random.js';
import { PRICES, SHAPES } from './candle-windows.js';
import type { TensorOf } from './fit-net.js';
import { drawn, type NetWeights, zeros } from './net-weights.js';

export const EMBEDDING = 128;
/** Neighbours that a convolution looks at, places that it goes on by, and places beyond either end that are 0. */
export const REACH = 6;
export const STRIDE = 2;
export const BESIDE = 2;
export const LAYERS = ['first', 'second', 'third'] as const;
/** Below this a direction has no length. */
export const LENGTH_LEAST = 1e-12;

export interface CnnSizes {
  /** Of each convolution. */
  readonly channels: readonly [number, number, number];
}

/**
 * What of a candle each channel sees, of open, high, low, close: where it closed, how far it went, and its two wicks' reach.
 * All could be learned from prices, but far from the newest close a candle's own size would be lost in its distance.
 */
export const SEEN: readonly (readonly number[])[] = [
  [0, -1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, -1],
  [0.2, 1, -1, 1],
];

export function freshCnn({ channels }: CnnSizes, random: Random): NetWeights {
  const places = CANDLE_STEPS / STRIDE ** LAYERS.length;
  const flat = places * channels[2];
  const layers = LAYERS.flatMap((name, at) => {
    const inputs = REACH * (at === 0 ? PRICES : (channels[at - 1] as number));
    const outputs = channels[at] as number;
    return [
      [name, drawn(random.fork(name), Math.sqrt(2 / inputs), inputs, outputs)],
      [`${name}Bias`, zeros(outputs)],
    ] as const;
  });
  return {
    ...Object.fromEntries(layers),
    dense: drawn(random.fork('dense'), 1 / Math.sqrt(flat), flat, EMBEDDING),
    denseBias: zeros(EMBEDDING),
    head: drawn(random.fork('head'), 0.5, EMBEDDING, SHAPES.length),
    headBias: { shape: [SHAPES.length], values: new Float32Array(SHAPES.length).fill(-2) },
  };
}

export interface CnnTold {
  /** Before the sigmoid, `[windows, shapes]`. */
  readonly logits: tf.Tensor2D;
  /** Of unit length, `[windows, EMBEDDING]`. */
  readonly embedding: tf.Tensor2D;
}

/** Of windows `[windows, CANDLE_STEPS, PRICES]` as `writeCandleWindow` writes them. */
export function cnnForward(weights: TensorOf, windows: Float32Array): CnnTold {
  const count = windows.length / (CANDLE_STEPS * PRICES);
  const prices = tf.tensor2d(windows, [count * CANDLE_STEPS, PRICES]);
  let seen = tf.reshape(tf.matMul(prices, tf.tensor2d(SEEN.flat(), [PRICES, PRICES])), [
    count,
    CANDLE_STEPS,
    PRICES,
  ]) as tf.Tensor3D;
  for (const name of LAYERS) seen = tf.relu(convolved(seen, weights(name) as tf.Tensor2D, weights(`${name}Bias`)));
  const flat = tf.reshape(seen, [count, -1]) as tf.Tensor2D;
  const direction = tf.add(tf.matMul(flat, weights('dense') as tf.Tensor2D), weights('denseBias')) as tf.Tensor2D;
  const squares = tf.sum(tf.mul(direction, direction), 1, true);
  const embedding = tf.mul(direction, tf.rsqrt(tf.add(squares, LENGTH_LEAST))) as tf.Tensor2D;
  const logits = tf.add(tf.matMul(embedding, weights('head') as tf.Tensor2D), weights('headBias')) as tf.Tensor2D;
  return { logits, embedding };
}

/** Every second place of a convolution over `[windows, places, channels]`: a row of the kernel per neighbour and channel. */
export function convolved(x: tf.Tensor3D, kernel: tf.Tensor2D, bias: tf.Tensor): tf.Tensor3D {
  const [count, places, channels] = x.shape;
  const wide = tf.pad(x, [
    [0, 0],
    [BESIDE, BESIDE],
    [0, 0],
  ]);
  const pairs = tf.reshape(wide, [count, (places + 2 * BESIDE) / STRIDE, STRIDE * channels]) as tf.Tensor3D;
  const left = places / STRIDE;
  const neighbours = Array.from({ length: REACH / STRIDE }, (_, at) =>
    tf.slice(pairs, [0, at, 0], [count, left, STRIDE * channels]),
  );
  const rows = tf.reshape(tf.concat(neighbours, 2), [count * left, REACH * channels]) as tf.Tensor2D;
  return tf.reshape(tf.add(tf.matMul(rows, kernel), bias), [count, left, kernel.shape[1]]);
}

/** What is lost by telling these of shapes that are there (1) or not (0), on the mean. */
export function shapesLoss(logits: tf.Tensor2D, there: tf.Tensor2D): tf.Scalar {
  const lost = tf.sub(tf.softplus(logits), tf.mul(logits, there));
  return tf.mul(tf.sum(lost), 1 / (logits.shape[0] * SHAPES.length)) as tf.Scalar;
}

/**
 * What is lost where alike windows are not nearer than others: for each, how unlikely those alike are among all, by likelihoods
 * that fall with the angle (Khosla and others, Supervised Contrastive Learning). `alike` is `[windows, windows]`, without the
 * diagonal, each row's sum 1; rows without anything alike are 0.
 */
export function nearnessLoss(embedding: tf.Tensor2D, alike: tf.Tensor2D, others: tf.Tensor2D, warmth: number): tf.Scalar {
  const [count] = embedding.shape;
  // No cosine is above 1, so nothing is above e^0.
  const nearness = tf.mul(tf.sub(tf.matMul(embedding, embedding, false, true), 1), 1 / warmth) as tf.Tensor2D;
  const all = tf.log(tf.sum(tf.mul(tf.exp(nearness), others), 1, true));
  return tf.mul(tf.sum(tf.mul(tf.sub(all, nearness), alike)), 1 / count) as tf.Scalar;
}
