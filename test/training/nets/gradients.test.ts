import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { SCALED_COUNT } from '../../../src/models/input-scale.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { SHAPES, WINDOW_LENGTH } from '../../../src/training/nets/candle-windows.js';
import { othersOf } from '../../../src/training/nets/cnn-batches.js';
import { BESIDE, convolved, freshCnn, REACH, STRIDE } from '../../../src/training/nets/cnn-net.js';
import { slopes, type TensorOf } from '../../../src/training/nets/fit-net.js';
import {
  freshLstm,
  LSTM_HORIZONS,
  LSTM_LEVELS,
  LSTM_STEPS,
  lstmForward,
  pinballLoss,
} from '../../../src/training/nets/lstm-net.js';
import type { NetWeights } from '../../../src/training/nets/net-weights.js';
import { openTensors } from '../../../src/training/nets/tensors.js';
import { cnnLoss } from '../../../src/training/nets/train-cnn.js';

/** Wide enough that floats show the difference, narrow enough that it is straight. */
const STEP = 3e-3;
const UNTOLD = LSTM_HORIZONS.map(() => [-2, -1, 0, 1, 2]);

function floats(count: number, spread = 1): Float32Array {
  const random = seededRandom(`floats ${count}`);
  return Float32Array.from({ length: count }, () => spread * random.normal());
}

function ofLengthOne(values: Float32Array): Float32Array {
  const length = Math.hypot(...values) || 1;
  return values.map((value) => value / length);
}

/**
 * Slopes of each array of weights, by the gradient and by two values of the loss: along the gradient, where most happens, and as
 * much along a drawn direction, by which what the gradient leaves out is seen.
 */
function differences(
  weights: NetWeights,
  loss: (tensors: TensorOf) => tf.Scalar,
): { name: string; told: number; seen: number }[] {
  const { gradients } = slopes(weights, loss);
  return Object.entries(weights).map(([name, { values }]) => {
    const away = ofLengthOne(floats(values.length));
    const direction = ofLengthOne(ofLengthOne(gradients[name] as Float32Array).map((one, at) => one + (away[at] as number)));
    const at = (step: number): number => {
      const moved = {
        ...weights,
        [name]: {
          ...(weights[name] as NetWeights[string]),
          values: values.map((v, i) => v + step * (direction[i] as number)),
        },
      };
      return slopes(moved, loss).loss;
    };
    const told = direction.reduce((sum, one, place) => sum + one * ((gradients[name] as Float32Array)[place] as number), 0);
    return { name, told, seen: (at(STEP) - at(-STEP)) / (2 * STEP) };
  });
}

function assertAlike(found: { name: string; told: number; seen: number }[]): void {
  for (const { name, told, seen } of found)
    assert.ok(Math.abs(told - seen) < 0.03 * Math.abs(seen) + 3e-4, `${name}: ${told} by the gradient, ${seen} by difference`);
  assert.ok(
    found.some(({ seen }) => Math.abs(seen) > 0.01),
    'something changes',
  );
}

describe('gradients', () => {
  before(openTensors);

  it('of the recurrent net’s loss are what the loss does when a weight moves', () => {
    const stretches = { count: 3, windows: 2, scaled: floats(3 * (LSTM_STEPS + 1) * SCALED_COUNT) };
    const weights = freshLstm({ projected: 3, hidden: 4 }, UNTOLD, seededRandom('net'));
    weights.head?.values.set(floats(weights.head.values.length, 0.5));
    const came = floats(6 * LSTM_HORIZONS.length);
    const counts = Float32Array.of(1, 1, 0, 1, 1, 1);
    const loss = (tensors: TensorOf) =>
      pinballLoss(lstmForward(tensors, stretches), tf.tensor2d(came, [6, LSTM_HORIZONS.length]), tf.tensor1d(counts));
    assertAlike(differences(weights, loss));
  });

  it('of the convolutional net’s loss are what the loss does when a weight moves', () => {
    const count = 6;
    const weights = freshCnn({ channels: [3, 4, 5] }, seededRandom('net'));
    // Where nothing is seen and no bias is, everything lies on the bend of relu.
    for (const name of ['firstBias', 'secondBias', 'thirdBias']) weights[name]?.values.fill(0.2);
    const there = Float32Array.from({ length: count * SHAPES.length }, (_, at) => (at % 7 === 0 ? 1 : 0));
    const alike = Float32Array.from({ length: count * count }, (_, at) => (Math.floor(at / count) === (at + 3) % count ? 1 : 0));
    const batch = { windows: floats(count * WINDOW_LENGTH), there, alike };
    assert.equal(alike.filter((one, at) => one === othersOf(count)[at] && one === 1).length, count);
    assertAlike(differences(weights, (tensors) => cnnLoss(tensors, batch, { nearness: 0.7, warmth: 0.5 })));
  });

  it('of every operation, of numbers that are broadcast as well', () => {
    const array = (...shape: number[]) => ({
      shape,
      values: floats(shape.reduce((a, b) => a * b, 1)).map((value) => 0.5 + Math.abs(value)),
    });
    const weights = { a: array(2, 3), b: array(3), c: array(3, 2), d: array(1, 3), e: array(2, 3) };
    const forms: Readonly<Record<string, (of: TensorOf) => tf.Tensor>> = {
      add: (of) => tf.add(of('a'), of('b')),
      sub: (of) => tf.sub(of('b'), of('a')),
      mul: (of) => tf.mul(of('a'), of('d')),
      product: (of) => tf.matMul(of('a') as tf.Tensor2D, of('c') as tf.Tensor2D),
      'product, the first turned': (of) => tf.matMul(of('a') as tf.Tensor2D, of('e') as tf.Tensor2D, true, false),
      'product, the second turned': (of) => tf.matMul(of('a') as tf.Tensor2D, of('e') as tf.Tensor2D, false, true),
      'product, both turned': (of) => tf.matMul(of('a') as tf.Tensor2D, of('c') as tf.Tensor2D, true, true),
      sigmoid: (of) => tf.sigmoid(of('a')),
      tanh: (of) => tf.tanh(of('a')),
      relu: (of) => tf.relu(tf.sub(of('a'), 0.9)),
      softplus: (of) => tf.softplus(of('a')),
      exp: (of) => tf.exp(of('a')),
      log: (of) => tf.log(of('a')),
      rsqrt: (of) => tf.rsqrt(of('a')),
      reshape: (of) => tf.reshape(of('a'), [3, 2]),
      'sum of rows': (of) => tf.sum(of('a'), 1, true),
      'sum of columns': (of) => tf.sum(of('a'), 0),
      slice: (of) => tf.slice(of('a') as tf.Tensor2D, [0, 1], [2, 1]),
      split: (of) => tf.split(of('a') as tf.Tensor2D, [1, 2], 1)[1] as tf.Tensor,
      pad: (of) =>
        tf.pad(of('a') as tf.Tensor2D, [
          [1, 0],
          [0, 2],
        ]),
      concat: (of) => tf.concat([of('a') as tf.Tensor2D, of('e') as tf.Tensor2D], 1),
    };
    for (const [form, made] of Object.entries(forms)) {
      // Each place counts differently, so that a slope that lands in the wrong one is seen.
      const loss = (of: TensorOf): tf.Scalar => {
        const one = made(of);
        const used = tf.sum(tf.mul(one, tf.tensor(floats(one.size), one.shape))) as tf.Scalar;
        return Object.keys(weights).reduce((sum, name) => tf.add(sum, tf.mul(tf.sum(of(name)), 0.1)), used);
      };
      for (const { name, told, seen } of differences(weights, loss))
        assert.ok(Math.abs(told - seen) < 2e-3 * Math.max(1, Math.abs(seen)), `${form} of ${name}: ${told}, ${seen}`);
    }
  });
});

describe('convolved', () => {
  before(openTensors);

  it('is the sum of neighbours times their weights, at every second place', () => {
    const [count, places, channels, outputs] = [2, 8, 3, 4];
    const x = floats(count * places * channels);
    const kernel = floats(REACH * channels * outputs);
    const bias = floats(outputs);
    const given = tf.tidy(() =>
      convolved(
        tf.tensor3d(x, [count, places, channels]),
        tf.tensor2d(kernel, [REACH * channels, outputs]),
        tf.tensor1d(bias),
      ).dataSync(),
    );
    const left = places / STRIDE;
    assert.equal(given.length, count * left * outputs);
    for (let one = 0; one < count; one++)
      for (let place = 0; place < left; place++)
        for (let output = 0; output < outputs; output++) {
          let sum = bias[output] as number;
          for (let neighbour = 0; neighbour < REACH; neighbour++) {
            const at = STRIDE * place + neighbour - BESIDE;
            if (at < 0 || at >= places) continue;
            for (let channel = 0; channel < channels; channel++)
              sum +=
                (x[(one * places + at) * channels + channel] as number) *
                (kernel[(neighbour * channels + channel) * outputs + output] as number);
          }
          const told = given[(one * left + place) * outputs + output] as number;
          assert.ok(Math.abs(told - sum) < 1e-4, `${told}, not ${sum}`);
        }
  });
});

describe('a recurrent net', () => {
  it('tells a window the same whether it is alone or in a stretch with others', async () => {
    await openTensors();
    const windows = 5;
    const scaled = floats((LSTM_STEPS + windows - 1) * SCALED_COUNT);
    const weights = freshLstm({ projected: 3, hidden: 4 }, UNTOLD, seededRandom('net'));
    const told = (from: number, count: number) =>
      tf.tidy(() => {
        const part = scaled.slice(from * SCALED_COUNT, (from + LSTM_STEPS + count - 1) * SCALED_COUNT);
        const of: TensorOf = (name) =>
          tf.tensor((weights[name] as NetWeights[string]).values, [...(weights[name] as NetWeights[string]).shape]);
        return Array.from(lstmForward(of, { count: 1, windows: count, scaled: part }).dataSync());
      });
    const together = told(0, windows);
    const width = LSTM_HORIZONS.length * LSTM_LEVELS.length;
    for (let window = 0; window < windows; window++)
      for (const [at, value] of told(window, 1).entries())
        assert.ok(Math.abs(value - (together[window * width + at] as number)) < 1e-5);
  });
});
