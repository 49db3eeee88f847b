/**
 * How a net learns: by mini-batches, epoch after epoch, until the loss on the validation part has not fallen for a while; what is
 * kept is the epoch where that was least. Between two epochs all that it goes on from is plain arrays, so a training that was
 * cut off goes on from its last epoch and ends with the very weights that it would have had.
 */
import * as tf from '@tensorflow/tfjs-core';
import { assert } from '../../runtime/assert.js';
import type { Random } from '../../runtime/random.js';
import { type AdamRules, type AdamState, adamStep, freshAdam } from './adam.js';
import { copyOf, type NetArray, type NetWeights, weightOf } from './net-weights.js';
import { openTensors } from './tensors.js';

export interface FitRules extends AdamRules {
  readonly epochsMost: number;
  /** Epochs without a better loss on the validation part, after which it ends. */
  readonly patience: number;
  /** What the rate is multiplied by after each epoch. */
  readonly rateKept: number;
}

export interface EpochReport {
  /** From 1 on. */
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validationLoss: number;
}

export interface BestEpoch extends EpochReport {
  readonly weights: NetWeights;
}

/** After an epoch: all that the next one goes on from. */
export interface NetCheckpoint {
  readonly epoch: number;
  readonly weights: NetWeights;
  readonly adam: AdamState;
  readonly best: BestEpoch | undefined;
}

export interface FitOptions {
  readonly heard?: (report: EpochReport) => void;
  /** Within an epoch, for whoever shows how long it takes. */
  readonly stepped?: (step: { readonly epoch: number; readonly done: number; readonly of: number }) => void;
  readonly resume?: NetCheckpoint;
  readonly checkpoint?: (checkpoint: NetCheckpoint) => void;
}

export type TensorOf = (name: string) => tf.Tensor;

/** A net's loss on one batch, as a number that gradients can be had of. */
export interface Learned<Batch> {
  /** Batches of an epoch, each made when its turn comes. */
  readonly batches: (random: Random) => { readonly count: number; readonly of: (at: number) => Batch };
  readonly loss: (weights: TensorOf, batch: Batch, random: Random) => tf.Scalar;
  /** How much a batch counts among others. */
  readonly weight: (batch: Batch) => number;
  /** The validation part's, always the same. */
  readonly held: { readonly count: number; readonly of: (at: number) => Batch };
}

export async function fitNet<Batch>(
  fresh: NetWeights,
  learned: Learned<Batch>,
  rules: FitRules,
  random: Random,
  { heard, stepped, resume, checkpoint }: FitOptions = {},
): Promise<BestEpoch> {
  await openTensors();
  const weights = copyOf(resume?.weights ?? fresh);
  let adam = resume === undefined ? freshAdam(weights) : copyOfAdam(resume.adam);
  let best = resume?.best;
  for (let epoch = (resume?.epoch ?? 0) + 1; epoch <= rules.epochsMost; epoch++) {
    if (best !== undefined && epoch - best.epoch > rules.patience) break;
    const own = random.fork(`epoch ${epoch}`);
    const batches = learned.batches(own);
    const step = { ...rules, rate: rules.rate * rules.rateKept ** (epoch - 1) };
    const mean = new WeightedMean();
    for (let at = 0; at < batches.count; at++) {
      const batch = batches.of(at);
      const { loss, gradients } = slopes(weights, (tensors) => learned.loss(tensors, batch, own));
      assert(Number.isFinite(loss), `the loss stays a number, in epoch ${epoch}`);
      mean.add(loss, learned.weight(batch));
      adam = adamStep(weights, gradients, adam, step);
      stepped?.({ epoch, done: at + 1, of: batches.count });
    }
    const report = { epoch, trainLoss: mean.value, validationLoss: heldLoss(weights, learned, random) };
    if (best === undefined || report.validationLoss < best.validationLoss) best = { ...report, weights: copyOf(weights) };
    heard?.(report);
    checkpoint?.({ epoch, weights: copyOf(weights), adam: copyOfAdam(adam), best });
    // The thread hears what it is told between epochs.
    await tf.nextFrame();
  }
  assert(best !== undefined, 'a net learns for an epoch at least');
  return best;
}

function heldLoss<Batch>(weights: NetWeights, { held, loss, weight }: Learned<Batch>, random: Random): number {
  const mean = new WeightedMean();
  // The same chances for every epoch, so that epochs can be compared.
  const own = random.fork('held');
  withTensors(weights, (tensors) => {
    for (let at = 0; at < held.count; at++) {
      const batch = held.of(at);
      const value = tf.tidy(() => loss(tensors, batch, own).dataSync()[0] as number);
      mean.add(value, weight(batch));
    }
  });
  return mean.value;
}

class WeightedMean {
  #sum = 0;
  #weight = 0;

  add(value: number, weight: number): void {
    this.#sum += value * weight;
    this.#weight += weight;
  }

  get value(): number {
    return this.#sum / this.#weight;
  }
}

export interface Slopes {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, Float32Array>>;
}

/** A loss, and how it changes with each weight. */
export function slopes(weights: NetWeights, loss: (tensors: TensorOf) => tf.Scalar): Slopes {
  const entries = Object.entries(weights);
  const places = new Map(entries.map(([name], at) => [name, at]));
  return tf.tidy(() => {
    const tensors = entries.map(([, array]) => tensorOf(array));
    const from = tf.valueAndGrads((...held: tf.Tensor[]) => loss((name) => held[places.get(name) as number] as tf.Tensor));
    const { value, grads } = from(tensors);
    const gradients = Object.fromEntries(entries.map(([name], at) => [name, (grads[at] as tf.Tensor).dataSync<'float32'>()]));
    return { loss: value.dataSync()[0] as number, gradients };
  });
}

/** Tensors of the weights, for as long as `use` takes. */
export function withTensors<T>(weights: NetWeights, use: (tensors: TensorOf) => T): T {
  const held = new Map<string, tf.Tensor>();
  try {
    return use((name) => {
      const known = held.get(name) ?? tensorOf(weightOf(weights, name));
      held.set(name, tf.keep(known));
      return known;
    });
  } finally {
    for (const tensor of held.values()) tensor.dispose();
  }
}

function tensorOf({ shape, values }: NetArray): tf.Tensor {
  return tf.tensor(values, [...shape], 'float32');
}

function copyOfAdam({ step, means, squares }: AdamState): AdamState {
  const copied = (arrays: AdamState['means']) =>
    Object.fromEntries(Object.entries(arrays).map(([name, values]) => [name, values.slice()]));
  return { step, means: copied(means), squares: copied(squares) };
}
