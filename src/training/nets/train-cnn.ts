import * as tf from '@tensorflow/tfjs-core';
import { CANDLE_NUMBERS } from '../../features/candle-numbers.js';
import { CANDLE_STEPS } from '../../models/candle-window.js';
import { assert } from '../../runtime/assert.js';
import type { Random } from '../../runtime/random.js';
import { fitPlatt } from '../calibration.js';
import type { Dataset } from '../dataset.js';
import type { Splits } from '../splits.js';
import { SHAPES, shapesOf, WINDOW_LENGTH, writeCandleWindow, writeRowWindow } from './candle-windows.js';
import { type BatchShares, type CnnBatch, CnnExamples, othersOf } from './cnn-batches.js';
import { type CnnSizes, cnnForward, EMBEDDING, freshCnn, nearnessLoss, shapesLoss } from './cnn-net.js';
import { type FitOptions, type FitRules, fitNet, type NetCheckpoint, type TensorOf, withTensors } from './fit-net.js';
import { type NetWeights, weightOf } from './net-weights.js';
import { openTensors } from './tensors.js';

export interface CnnRules extends CnnSizes, FitRules {
  readonly batch: BatchShares;
  /** An epoch is so many: windows are drawn anew each time. */
  readonly epochBatches: number;
  /** Batches of the validation part, and of drawings of their own, that decide when to stop. */
  readonly heldBatches: number;
  /** How much it counts that alike windows are near, beside that shapes are told. */
  readonly nearness: number;
  /** How far apart others are pushed: the lower, the more only the nearest count. */
  readonly warmth: number;
}

export type CnnCheckpoint = NetCheckpoint;

export interface TrainedCnn {
  readonly sizes: CnnSizes;
  readonly weights: NetWeights;
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
}

/** What the net tells of windows. */
export interface CnnOutputs {
  /** `[windows, SHAPES]` */
  readonly probabilities: Float32Array;
  /** `[windows, EMBEDDING]`, of unit length. */
  readonly embeddings: Float32Array;
}

const WINDOWS_AT_ONCE = 256;
/** Rows with a shape by which it is told how often it comes; with fewer it stays as it was drawn. */
const CONFIRMED_LEAST = 20;

/** Rows of `splits` have windows of `CANDLE_STEPS`. The test part is not looked at. */
export async function trainCnn(
  dataset: Dataset,
  { train, validation }: Pick<Splits, 'train' | 'validation'>,
  rules: CnnRules,
  random: Random,
  options: FitOptions = {},
): Promise<TrainedCnn> {
  const learning = new CnnExamples(dataset, train.rows, rules.batch);
  const held = new CnnExamples(dataset, validation.rows, rules.batch);
  const heldRandom = (at: number) => random.fork(`held ${at}`);
  const best = await fitNet<CnnBatch>(
    freshCnn(rules, random.fork('fresh')),
    {
      batches: (own) => ({ count: rules.epochBatches, of: (at) => learning.batch(own.fork(`batch ${at}`)) }),
      loss: (weights, batch) => cnnLoss(weights, batch, rules),
      weight: () => 1,
      held: { count: rules.heldBatches, of: (at) => held.batch(heldRandom(at)) },
    },
    rules,
    random,
    options,
  );
  const { weights, epoch, trainLoss, validationLoss } = best;
  const trained = { sizes: { channels: rules.channels }, weights, epoch, trainLoss, validationLoss };
  return asOften(trained, dataset, validation.rows);
}

/**
 * With what is told of a shape brought to how often the rules confirm it on the market's rows, by a curve per shape within the head:
 * among drawings a shape is far more frequent.
 */
async function asOften(trained: TrainedCnn, dataset: Dataset, rows: Int32Array): Promise<TrainedCnn> {
  const { probabilities } = await cnnTold(trained, dataset, rows);
  const confirmed = Int32Array.from(rows, (row) => shapesOf(dataset, row));
  const head = weightOf(trained.weights, 'head');
  const bias = weightOf(trained.weights, 'headBias');
  const [values, biases] = [head.values.slice(), bias.values.slice()];
  for (const [place] of SHAPES.entries()) {
    const came = Uint8Array.from(confirmed, (bits) => (bits >> place) & 1);
    if (came.reduce((sum, one) => sum + one, 0) < CONFIRMED_LEAST) continue;
    const curve = fitPlatt(
      Float64Array.from(rows, (_, at) => probabilities[at * SHAPES.length + place] as number),
      came,
    );
    if (curve.kind !== 'platt') continue;
    for (let at = place; at < values.length; at += SHAPES.length) values[at] = curve.slope * (values[at] as number);
    biases[place] = curve.slope * (biases[place] as number) + curve.offset;
  }
  return { ...trained, weights: { ...trained.weights, head: { ...head, values }, headBias: { ...bias, values: biases } } };
}

export function cnnLoss(
  weights: TensorOf,
  { windows, there, alike }: CnnBatch,
  { nearness, warmth }: Pick<CnnRules, 'nearness' | 'warmth'>,
): tf.Scalar {
  const { logits, embedding } = cnnForward(weights, windows);
  const [count] = logits.shape;
  const near = nearnessLoss(embedding, tf.tensor2d(alike, [count, count]), tf.tensor2d(othersOf(count), [count, count]), warmth);
  return tf.add(shapesLoss(logits, tf.tensor2d(there, [count, SHAPES.length])), tf.mul(near, nearness));
}

/** Of rows of a dataset that have whole windows. */
export function cnnTold(trained: TrainedCnn, dataset: Dataset, rows: Int32Array): Promise<CnnOutputs> {
  return outputsOf(trained, rows.length, (at, into, to) => writeRowWindow(dataset, rows[at] as number, into, to));
}

/** Of raw windows of `CANDLE_NUMBERS`, `[windows, CANDLE_STEPS, columns]`: what the model's graph is given. */
export function cnnOutputs(trained: TrainedCnn, candles: Float64Array): Promise<CnnOutputs> {
  const length = CANDLE_STEPS * CANDLE_NUMBERS.length;
  assert(candles.length % length === 0, 'windows are whole');
  return outputsOf(trained, candles.length / length, (at, into, to) => writeCandleWindow(candles, at * length, into, to));
}

/** Of windows that `write` writes. */
export async function outputsOf(
  { weights }: TrainedCnn,
  count: number,
  write: (window: number, into: Float32Array, at: number) => void,
): Promise<CnnOutputs> {
  await openTensors();
  const probabilities = new Float32Array(count * SHAPES.length);
  const embeddings = new Float32Array(count * EMBEDDING);
  withTensors(weights, (tensors) => {
    for (let first = 0; first < count; first += WINDOWS_AT_ONCE) {
      const windows = new Float32Array(Math.min(WINDOWS_AT_ONCE, count - first) * WINDOW_LENGTH);
      for (let at = 0; at * WINDOW_LENGTH < windows.length; at++) write(first + at, windows, at * WINDOW_LENGTH);
      tf.tidy(() => {
        const { logits, embedding } = cnnForward(tensors, windows);
        probabilities.set(tf.sigmoid(logits).dataSync<'float32'>(), first * SHAPES.length);
        embeddings.set(embedding.dataSync<'float32'>(), first * EMBEDDING);
      });
    }
  });
  return { probabilities, embeddings };
}
