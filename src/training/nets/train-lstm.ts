import * as tf from '@tensorflow/tfjs-core';
import { COLUMNS } from '../../indicators/registry.js';
import { type InputScale, SCALED_COUNT, writeScaledInputs } from '../../models/input-scale.js';
import { INPUT_COUNT, writeModelInputs } from '../../models/model-inputs.js';
import { assert } from '../../runtime/assert.js';
import type { Random } from '../../runtime/random.js';
import type { Dataset } from '../dataset.js';
import { fitScale } from '../fit-scale.js';
import type { Part, Splits } from '../splits.js';
import { type FitOptions, type FitRules, fitNet, type NetCheckpoint, withTensors } from './fit-net.js';
import { type LstmBatch, LstmExamples, returnInRanges, shuffled } from './lstm-batches.js';
import {
  freshLstm,
  LSTM_HORIZONS,
  LSTM_LEVELS,
  LSTM_STEPS,
  type LstmSizes,
  lstmForward,
  pinballLoss,
  type Stretches,
} from './lstm-net.js';
import type { NetWeights } from './net-weights.js';
import { openTensors } from './tensors.js';

export interface LstmRules extends LstmSizes, FitRules {
  /** Windows of a stretch: neighbours share their candles' cost, but tell much the same. */
  readonly stretchWindows: number;
  /** Stretches of a mini-batch. */
  readonly batchStretches: number;
  /** Stretches of an epoch, drawn anew each time, of all that there are. */
  readonly epochStretchesMost: number;
  /** Stretches of the validation part that decide when to stop: evenly over it. */
  readonly heldStretchesMost: number;
}

export type LstmCheckpoint = NetCheckpoint;

export interface TrainedLstm {
  readonly sizes: LstmSizes;
  readonly scale: InputScale;
  /** What is told of each horizon is multiplied by this, to be in units of atr_14. */
  readonly horizonScales: readonly number[];
  readonly weights: NetWeights;
  /** The best on the validation part. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
  /** The same of telling every row the training part's own quantiles. */
  readonly unconditionalLoss: number;
  readonly unconditional: readonly (readonly number[])[];
}

/** Between the quartiles of a normal distribution lie so many of its standard deviations. */
const QUARTILES_APART = 1.348_979_5;
/** Windows that are computed at once where nothing is learned. */
const ROWS_AT_ONCE = 256;

/** Rows of `splits` have all four labels and a window of `LSTM_STEPS`. The test part is not looked at. */
export async function trainLstm(
  dataset: Dataset,
  splits: Pick<Splits, 'train' | 'validation'>,
  rules: LstmRules,
  random: Random,
  options: FitOptions = {},
): Promise<TrainedLstm> {
  const { train, validation } = splits;
  const scale = fitScale(dataset, train);
  const raw = unconditionalQuantiles(dataset, train);
  const horizonScales = raw.map((quantiles) => ((quantiles[3] as number) - (quantiles[1] as number)) / QUARTILES_APART || 1);
  const relative = raw.map((quantiles, place) => quantiles.map((value) => value / (horizonScales[place] as number)));
  const examples = ({ rows }: Part<'train' | 'validation'>) =>
    new LstmExamples(dataset, rows, scale, horizonScales, rules.stretchWindows);
  const learning = examples(train);
  const held = examples(validation);
  const heldStarts = evenly(held.starts(), rules.heldStretchesMost);
  const heldBatches = batchesOf(held, heldStarts, rules.batchStretches);
  const best = await fitNet<LstmBatch>(
    freshLstm(rules, relative, random.fork('fresh')),
    {
      batches: (own) => {
        const starts = shuffled(learning.starts(own.int(rules.stretchWindows)), own).subarray(0, rules.epochStretchesMost);
        return batchesOf(learning, starts, rules.batchStretches);
      },
      loss: (weights, { stretches, came, counts }) =>
        pinballLoss(
          lstmForward(weights, stretches),
          tf.tensor2d(came, [counts.length, LSTM_HORIZONS.length]),
          tf.tensor1d(counts),
        ),
      weight: ({ counts }) => counts.reduce((sum, count) => sum + count, 0),
      held: heldBatches,
    },
    rules,
    random,
    options,
  );
  return {
    sizes: { projected: rules.projected, hidden: rules.hidden },
    scale,
    horizonScales,
    weights: best.weights,
    epoch: best.epoch,
    trainLoss: best.trainLoss,
    validationLoss: best.validationLoss,
    unconditionalLoss: lossOfTellingAlways(relative, heldBatches),
    unconditional: raw,
  };
}

function batchesOf(examples: LstmExamples, starts: Int32Array, size: number) {
  return {
    count: Math.ceil(starts.length / size),
    of: (at: number): LstmBatch => examples.batch(starts.subarray(at * size, (at + 1) * size)),
  };
}

function evenly(starts: Int32Array, most: number): Int32Array {
  if (starts.length <= most) return starts;
  return Int32Array.from({ length: most }, (_, at) => starts[Math.floor((at * starts.length) / most)] as number);
}

/** Of the returns over each horizon in units of atr_14, whatever the inputs: what a net must tell better. */
function unconditionalQuantiles(dataset: Dataset, { rows }: Part<'train'>): readonly (readonly number[])[] {
  return LSTM_HORIZONS.map((horizon) => {
    const came = Float64Array.from(rows, (row) => returnInRanges(dataset, row, horizon)).sort();
    return LSTM_LEVELS.map((level) => came[Math.min(came.length - 1, Math.floor(level * came.length))] as number);
  });
}

function lossOfTellingAlways(quantiles: readonly (readonly number[])[], held: ReturnType<typeof batchesOf>): number {
  let [sum, windows] = [0, 0];
  for (let at = 0; at < held.count; at++) {
    const { came, counts } = held.of(at);
    for (const [window, count] of counts.entries()) {
      if (count === 0) continue;
      windows += 1;
      for (const [place, told] of quantiles.entries())
        sum += pinball(told, came[window * quantiles.length + place] as number) / quantiles.length;
    }
  }
  return sum / windows;
}

/** What is lost by telling these quantiles, one per level, of what came. */
export function pinball(quantiles: ArrayLike<number>, came: number): number {
  let sum = 0;
  for (const [place, level] of LSTM_LEVELS.entries()) {
    const off = came - (quantiles[place] as number);
    sum += Math.max(level * off, (level - 1) * off);
  }
  return sum / LSTM_LEVELS.length;
}

/** Quantiles in units of atr_14, `[rows, horizons, levels]`, of rows of a dataset that have whole windows. */
export async function lstmQuantiles(trained: TrainedLstm, dataset: Dataset, rows: Int32Array): Promise<Float32Array> {
  const scaled = (row: number, into: Float32Array, at: number): void => {
    for (let step = 0; step < LSTM_STEPS; step++) {
      const from = (row - LSTM_STEPS + 1 + step) * INPUT_COUNT;
      writeScaledInputs(dataset.inputs, from, trained.scale, into, at + step * SCALED_COUNT);
    }
  };
  return outputs(trained, rows.length, (at, into, to) => scaled(rows[at] as number, into, to));
}

/** The same of raw windows of the catalogue's vectors, `[windows, LSTM_STEPS, columns]`: what the model's graph is given. */
export async function lstmOutputs(trained: TrainedLstm, vectors: Float64Array): Promise<Float32Array> {
  const windowLength = LSTM_STEPS * COLUMNS.length;
  assert(vectors.length % windowLength === 0, 'windows are whole');
  const inputs = new Float32Array(INPUT_COUNT);
  return outputs(trained, vectors.length / windowLength, (window, into, to) => {
    for (let step = 0; step < LSTM_STEPS; step++) {
      const from = window * windowLength + step * COLUMNS.length;
      writeModelInputs(vectors.subarray(from, from + COLUMNS.length), inputs);
      writeScaledInputs(inputs, 0, trained.scale, into, to + step * SCALED_COUNT);
    }
  });
}

async function outputs(
  { weights, horizonScales }: TrainedLstm,
  rows: number,
  write: (row: number, into: Float32Array, at: number) => void,
): Promise<Float32Array> {
  await openTensors();
  const width = LSTM_HORIZONS.length * LSTM_LEVELS.length;
  const all = new Float32Array(rows * width);
  withTensors(weights, (tensors) => {
    for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows - first);
      const scaled = new Float32Array(count * LSTM_STEPS * SCALED_COUNT);
      for (let at = 0; at < count; at++) write(first + at, scaled, at * LSTM_STEPS * SCALED_COUNT);
      const stretches: Stretches = { count, windows: 1, scaled };
      all.set(
        tf.tidy(() => lstmForward(tensors, stretches).dataSync<'float32'>()),
        first * width,
      );
    }
  });
  return all.map((value, at) => value * (horizonScales[Math.floor(at / LSTM_LEVELS.length) % horizonScales.length] as number));
}
