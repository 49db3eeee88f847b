import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { CANDLE_STEPS } from '../../../src/models/candle-window.js';
import { INPUT_COUNT, INPUT_NAMES } from '../../../src/models/model-inputs.js';
import { seededRandom } from '../../../src/runtime/random.js';
import type { Dataset } from '../../../src/training/dataset.js';
import { agreementOf, judgeEmbedding } from '../../../src/training/judge-embedding.js';
import { PRICES, SHAPES, shapesOf, WINDOW_LENGTH, writeRowWindow } from '../../../src/training/nets/candle-windows.js';
import { changed } from '../../../src/training/nets/cnn-batches.js';
import { EMBEDDING } from '../../../src/training/nets/cnn-net.js';
import { drawShape } from '../../../src/training/nets/drawn-windows.js';
import { tensorsHeld } from '../../../src/training/nets/tensors.js';
import { type CnnCheckpoint, type CnnRules, cnnTold, outputsOf, trainCnn } from '../../../src/training/nets/train-cnn.js';
import { Splits } from '../../../src/training/splits.js';
import { netRows } from '../../support/net-dataset.js';

const RULES: CnnRules = {
  channels: [8, 12, 16],
  rate: 0.005,
  rateKept: 0.9,
  decay: 0,
  gradientMost: 1,
  epochsMost: 4,
  patience: 4,
  batch: { drawnShapes: 24, drawnNone: 6, confirmed: 4, any: 6 },
  epochBatches: 30,
  heldBatches: 2,
  nearness: 0.5,
  warmth: 0.1,
};
const PLAN = { horizons: ['15m'], steps: CANDLE_STEPS } as const;

describe('trainCnn', () => {
  let dataset: Dataset;
  let splits: Splits;
  before(() => {
    ({ dataset } = netRows(3_000));
    splits = new Splits(dataset, PLAN);
  });

  it('drawings that it has not seen are told by their shape, and lie near others of it', async () => {
    const trained = await trainCnn(dataset, splits, RULES, seededRandom('net'));
    const drawings = 500;
    const { probabilities } = await outputsOf(trained, drawings, (at, into, to) =>
      drawShape(at % SHAPES.length, seededRandom(`unseen ${at}`), into, to),
    );
    let right = 0;
    for (let at = 0; at < drawings; at++) {
      const told = Array.from(probabilities.subarray(at * SHAPES.length, (at + 1) * SHAPES.length));
      if (told.indexOf(Math.max(...told)) === at % SHAPES.length) right += 1;
    }
    assert.ok(right > 0.6 * drawings, `${right} of ${drawings}, where chance tells 50`);
    const { drawnShape, nextSide } = await judgeEmbedding(trained, dataset, splits.validation.rows, seededRandom('judge'), {
      windows: 300,
      drawings: 330,
    });
    assert.ok(drawnShape.above.low > 0.3, `${drawnShape.nearest} where chance gives ${drawnShape.chance}`);
    assert.ok(nextSide.above.low < 0.05, 'what nothing tells is not claimed');
  });

  it('on the market’s rows a shape is told as often as the rules confirm it', async () => {
    // As if the rules had confirmed each pattern at a minute of its own of every hour.
    const planted = netRows(4_000).dataset;
    for (let row = 0; row < planted.rows; row++) {
      for (const [place, name] of SHAPES.entries())
        planted.inputs[row * INPUT_COUNT + INPUT_NAMES.indexOf(name)] = row % 60 === 6 * place ? 1 : 0;
    }
    const { train, validation } = new Splits(planted, PLAN);
    const few = { ...RULES, epochsMost: 1, epochBatches: 10 };
    const trained = await trainCnn(planted, { train, validation }, few, seededRandom('net'));
    const { probabilities } = await cnnTold(trained, planted, validation.rows);
    for (const [place, name] of SHAPES.entries()) {
      const came = validation.rows.filter((row) => ((shapesOf(planted, row) >> place) & 1) === 1).length;
      const told = validation.rows.reduce((sum, _row, at) => sum + (probabilities[at * SHAPES.length + place] as number), 0);
      assert.ok(came > 0 && Math.abs(told - came) < 0.2 * came + 1, `${name}: ${told} told of, ${came} came`);
    }
  });

  it('the same seed gives the same weights, also when it was cut off, and no tensor is left', async () => {
    const held = tensorsHeld();
    const checkpoints: CnnCheckpoint[] = [];
    const rules = { ...RULES, epochsMost: 3, epochBatches: 3 };
    const train = (seed: string, resume?: CnnCheckpoint) =>
      trainCnn(dataset, splits, rules, seededRandom(seed), {
        checkpoint: (checkpoint) => checkpoints.push(structuredClone(checkpoint)),
        ...(resume === undefined ? {} : { resume }),
      });
    const whole = await train('a');
    assert.deepEqual(await train('a', checkpoints[1]), whole);
    assert.equal(checkpoints.length, 4);
    assert.notDeepEqual((await train('b')).weights, whole.weights);
    assert.equal(tensorsHeld(), held);
  });

  it('a window that is changed a little still ends where it ended, and a pattern is told for a few candles', () => {
    const window = new Float32Array(2 * WINDOW_LENGTH);
    const row = splits.train.rows[100] as number;
    writeRowWindow(dataset, row, window, 0);
    changed(window, 0, seededRandom('change'), WINDOW_LENGTH);
    const newest = WINDOW_LENGTH - 1;
    assert.equal(window[newest], 0, 'the newest close is what all is measured from');
    assert.equal(window[WINDOW_LENGTH + newest], 0);
    assert.notDeepEqual(window.slice(0, WINDOW_LENGTH), window.slice(WINDOW_LENGTH));
    assert.equal(window.length % PRICES, 0);
    const confirmed = splits.train.rows.find((one) => shapesOf(dataset, one, 1) !== 0) as number;
    assert.equal(shapesOf(dataset, confirmed + 3) & shapesOf(dataset, confirmed, 1), shapesOf(dataset, confirmed, 1));
    assert.equal(shapesOf(dataset, confirmed + 4) & shapesOf(dataset, confirmed, 1), 0);
  });
});

describe('agreementOf', () => {
  const MINUTE = 60_000;
  const any = () => true;

  /** Windows a minute apart, each with a direction that its kind tells by so much. */
  function placed(kinds: readonly number[], told: number, apartMs: number) {
    const random = seededRandom('embeddings');
    const embeddings = new Float32Array(kinds.length * EMBEDDING);
    for (const [at, kind] of kinds.entries()) {
      const own = Float64Array.from({ length: EMBEDDING }, (_, place) => random.normal() + (place === kind ? told : 0));
      const length = Math.hypot(...own);
      embeddings.set(
        own.map((one) => one / length),
        at * EMBEDDING,
      );
    }
    return { embeddings, timesMs: Float64Array.from(kinds, (_, at) => at * 30 * MINUTE), apartMs };
  }

  const random = seededRandom('kinds');
  const KINDS = Array.from({ length: 600 }, () => random.int(4));

  it('what embeddings tell is found far above chance, and chance is how many there are', () => {
    const { nearest, chance, above, windows } = agreementOf(KINDS, placed(KINDS, 50, MINUTE), any, seededRandom(1));
    assert.equal(windows, 600);
    assert.ok(nearest > 0.99 && Math.abs(chance - 0.25) < 0.02 && above.low > 0.7);
  });

  it('embeddings that tell nothing are no better than chance', () => {
    const { above } = agreementOf(KINDS, placed(KINDS, 0, MINUTE), any, seededRandom(1));
    assert.ok(above.low < 0 && above.high > 0, `${above.low} to ${above.high}`);
  });

  it('windows that share their time do not count as neighbours, however near', () => {
    const kinds = Array.from({ length: 600 }, (_, at) => Math.floor(at / 30));
    const { nearest } = agreementOf(kinds, placed(kinds, 50, 30 * 30 * MINUTE), any, seededRandom(1));
    assert.equal(nearest, 0, 'all of a kind lie within the time that is left out');
  });
});
