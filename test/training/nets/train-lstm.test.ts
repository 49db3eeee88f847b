import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COLUMNS, placeOf } from '../../../src/indicators/registry.js';
import { seededRandom } from '../../../src/runtime/random.js';
import type { Dataset } from '../../../src/training/dataset.js';
import { LSTM_HORIZONS, LSTM_LEVELS, LSTM_STEPS } from '../../../src/training/nets/lstm-net.js';
import { tensorsHeld } from '../../../src/training/nets/tensors.js';
import {
  type LstmCheckpoint,
  type LstmRules,
  lstmOutputs,
  lstmQuantiles,
  pinball,
  trainLstm,
} from '../../../src/training/nets/train-lstm.js';
import { Splits } from '../../../src/training/splits.js';
import { plantedDataset } from '../../support/net-dataset.js';

const RULES: LstmRules = {
  projected: 4,
  hidden: 6,
  rate: 0.01,
  rateKept: 0.9,
  decay: 0,
  gradientMost: 1,
  epochsMost: 4,
  patience: 4,
  stretchWindows: 8,
  batchStretches: 8,
  epochStretchesMost: 1_000,
  heldStretchesMost: 1_000,
};
const PLAN = { horizons: LSTM_HORIZONS, steps: LSTM_STEPS };
const RSI = placeOf('rsi_14');
const NATR = placeOf('natr_14');

/** What comes is a range up where rsi_14 is high and a range down where it is low, with noise. */
function told(count: number): Dataset {
  const random = seededRandom('noise');
  return plantedDataset(count, ({ values }) => {
    const range = (values[NATR] as number) / 100;
    return range * (((values[RSI] as number) > 50 ? 1 : -1) + 0.2 * random.normal());
  });
}

describe('trainLstm', () => {
  it('what one column tells is found, and the unconditional quantiles are beaten by far', async () => {
    const dataset = told(1_600);
    const splits = new Splits(dataset, PLAN);
    const losses: number[] = [];
    const trained = await trainLstm(dataset, splits, { ...RULES, epochsMost: 6 }, seededRandom('net'), {
      heard: ({ trainLoss }) => losses.push(trainLoss),
    });
    assert.ok(
      trained.validationLoss < 0.5 * trained.unconditionalLoss,
      `${trained.validationLoss} of ${trained.unconditionalLoss}`,
    );
    assert.ok((losses.at(-1) as number) < 0.5 * (losses[0] as number), losses.join());
    const { rows } = splits.readTest();
    const quantiles = await lstmQuantiles(trained, dataset, rows);
    const width = LSTM_HORIZONS.length * LSTM_LEVELS.length;
    let right = 0;
    for (const [at, row] of rows.entries()) {
      const first = quantiles.subarray(at * width, at * width + LSTM_LEVELS.length);
      for (let level = 1; level < first.length; level++) assert.ok((first[level] as number) > (first[level - 1] as number));
      if (Math.sign(first[2] as number) === Math.sign(dataset.return(row, '1m'))) right += 1;
    }
    assert.ok(right > 0.9 * rows.length, `${right} of ${rows.length}`);
  });

  it('the same seed gives the same weights, also when it was cut off between two epochs; another seed gives others', async () => {
    const dataset = told(1_600);
    const splits = new Splits(dataset, PLAN);
    const checkpoints: LstmCheckpoint[] = [];
    const train = (rules: Partial<LstmRules>, seed: string, resume?: LstmCheckpoint) =>
      trainLstm(dataset, splits, { ...RULES, epochStretchesMost: 24, heldStretchesMost: 8, ...rules }, seededRandom(seed), {
        checkpoint: (checkpoint) => checkpoints.push(structuredClone(checkpoint)),
        ...(resume === undefined ? {} : { resume }),
      });
    const whole = await train({ epochsMost: 3 }, 'a');
    assert.deepEqual(await train({ epochsMost: 3 }, 'a', checkpoints[0]), whole);
    assert.equal(checkpoints.length, 5, 'a resumed training goes on after its checkpoint');
    assert.deepEqual(await train({ epochsMost: 3 }, 'a'), whole);
    assert.notDeepEqual((await train({ epochsMost: 3 }, 'b')).weights, whole.weights);
  });

  it('holds no tensor when it is over', async () => {
    const dataset = told(1_600);
    const splits = new Splits(dataset, PLAN);
    const before = tensorsHeld();
    const during: number[] = [];
    await trainLstm(dataset, splits, { ...RULES, epochsMost: 2, epochStretchesMost: 64 }, seededRandom('a'), {
      stepped: () => during.push(tensorsHeld()),
    });
    assert.equal(tensorsHeld(), before);
    assert.ok(during.length > 10 && during.every((held) => held === before), 'nor between two steps');
  });

  it('rows of a dataset are told what their raw vectors are', async () => {
    const random = seededRandom('noise');
    const vectors: Float64Array[] = [];
    const dataset = plantedDataset(1_600, ({ values }) => {
      vectors.push(values);
      return 1e-4 * random.normal();
    });
    const trained = await trainLstm(dataset, new Splits(dataset, PLAN), { ...RULES, epochsMost: 1 }, seededRandom('a'));
    const rows = Int32Array.of(49, 130, 499);
    const windows = new Float64Array(rows.length * LSTM_STEPS * COLUMNS.length);
    for (const [at, row] of rows.entries())
      for (let step = 0; step < LSTM_STEPS; step++)
        windows.set(vectors[row - LSTM_STEPS + 1 + step] as Float64Array, (at * LSTM_STEPS + step) * COLUMNS.length);
    assert.deepEqual(await lstmOutputs(trained, windows), await lstmQuantiles(trained, dataset, rows));
  });
});

describe('pinball', () => {
  it('is least, on the mean of what comes, at the quantiles of it', () => {
    const random = seededRandom('pinball');
    const came = Float64Array.from({ length: 4_000 }, () => random.normal());
    const mean = (quantiles: readonly number[]) => came.reduce((sum, value) => sum + pinball(quantiles, value), 0) / came.length;
    const normal = [-1.645, -0.674, 0, 0.674, 1.645];
    for (const [at] of normal.entries())
      for (const off of [-0.3, 0.3])
        assert.ok(mean(normal) < mean(normal.map((value, place) => value + (place === at ? off : 0))));
  });
});
