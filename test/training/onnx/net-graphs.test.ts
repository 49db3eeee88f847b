import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { CATALOGUE_HASH } from '../../../src/features/catalogue-version.js';
import { COLUMNS } from '../../../src/indicators/registry.js';
import { CANDLE_NUMBERS } from '../../../src/features/candle-numbers.js';
import { CANDLE_STEPS, CANDLES_STAMP } from '../../../src/models/candle-window.js';
import { inputDistance, SCALED_COUNT, writeScaledInputs } from '../../../src/models/input-scale.js';
import { INPUT_COUNT, writeModelInputs } from '../../../src/models/model-inputs.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { CANDLE_CLIP, SHAPES, WINDOW_LENGTH, writeCandleWindow } from '../../../src/training/nets/candle-windows.js';
import { EMBEDDING } from '../../../src/training/nets/cnn-net.js';
import { LSTM_HORIZONS, LSTM_LEVELS, LSTM_STEPS } from '../../../src/training/nets/lstm-net.js';
import { type CnnRules, cnnOutputs, type TrainedCnn, trainCnn } from '../../../src/training/nets/train-cnn.js';
import { type LstmRules, lstmOutputs, type TrainedLstm, trainLstm } from '../../../src/training/nets/train-lstm.js';
import { cnnModel } from '../../../src/training/onnx/cnn-graph.js';
import { lstmModel } from '../../../src/training/onnx/lstm-graph.js';
import { encodeOnnx } from '../../../src/training/onnx/onnx-model.js';
import { Splits } from '../../../src/training/splits.js';
import { type NetRow, netRows } from '../../support/net-dataset.js';
import { doubles, numbers, OnnxSession } from '../../support/onnx-session.js';

const WINDOWS = 1_000;
const FIT = { rate: 0.01, rateKept: 1, decay: 0.01, gradientMost: 1, epochsMost: 1, patience: 1 };
const LSTM: LstmRules = {
  ...FIT,
  projected: 12,
  hidden: 16,
  stretchWindows: 8,
  batchStretches: 8,
  epochStretchesMost: 64,
  heldStretchesMost: 8,
};
const CNN: CnnRules = {
  ...FIT,
  channels: [8, 8, 12],
  batch: { drawnShapes: 12, drawnNone: 6, confirmed: 6, any: 12 },
  epochBatches: 12,
  heldBatches: 2,
  nearness: 1,
  warmth: 0.2,
};
const LSTM_PLAN = { horizons: LSTM_HORIZONS, steps: LSTM_STEPS };
const CNN_PLAN = { horizons: ['15m'], steps: CANDLE_STEPS } as const;
/** Rows of every run that is made live. */
const RUN = 32;
const NAMED = { metadata: { seed: '1' } };

function worst(given: readonly number[], own: ArrayLike<number>): number {
  assert.equal(given.length, own.length);
  return given.reduce((most, value, at) => Math.max(most, Math.abs(value - (own[at] as number))), 0);
}

function candleOf({ candle, values }: NetRow): number[] {
  return [candle.open, candle.high, candle.low, candle.close, values[COLUMNS.indexOf('atr_14')] as number];
}

/** Windows of rows drawn from all, some with holes, of `length` numbers a row. */
function windowsOf(rows: readonly NetRow[], steps: number, length: number, of: (row: NetRow) => ArrayLike<number>): Float64Array {
  const random = seededRandom('windows');
  const all = new Float64Array(WINDOWS * steps * length);
  for (let window = 0; window < WINDOWS; window++) {
    const newest = steps - 1 + random.int(rows.length - steps + 1);
    for (let step = 0; step < steps; step++) {
      const row = rows[newest - steps + 1 + step] as NetRow;
      all.set(
        Array.from(of(row), (value) => (window % 10 === 0 && random.chance(0.02) ? Number.NaN : value)),
        (window * steps + step) * length,
      );
    }
  }
  return all;
}

describe('the nets as ONNX', () => {
  let rows: readonly NetRow[] = [];
  let lstm: TrainedLstm;
  let cnn: TrainedCnn;
  before(async () => {
    const made = netRows(2_400);
    rows = made.rows;
    lstm = await trainLstm(made.dataset, new Splits(made.dataset, LSTM_PLAN), LSTM, seededRandom(1));
    cnn = await trainCnn(made.dataset, new Splits(made.dataset, CNN_PLAN), CNN, seededRandom(1));
  });

  it('the runtime gives the recurrent net’s own quantiles, and distances, on a thousand windows of raw vectors', async () => {
    const vectors = windowsOf(rows, LSTM_STEPS, COLUMNS.length, ({ values }) => values);
    const bytes = encodeOnnx(lstmModel(lstm, { name: 'lstm', ...NAMED }));
    await using session = await OnnxSession.open(bytes);
    const given = await session.run({ vectors: doubles(vectors, [WINDOWS, LSTM_STEPS, COLUMNS.length]) });
    assert.deepEqual(given.quantiles?.dims, [WINDOWS, LSTM_HORIZONS.length, LSTM_LEVELS.length]);
    const own = await lstmOutputs(lstm, vectors);
    const off = worst(numbers(given.quantiles), own);
    assert.ok(off < 1e-4, `${off} apart`);
    assert.ok(new Set(own).size > WINDOWS, 'windows are told different things');
    const inputs = new Float32Array(INPUT_COUNT);
    const scaled = new Float32Array(SCALED_COUNT);
    const distances = Float64Array.from({ length: WINDOWS }, (_, window) => {
      const newest = ((window + 1) * LSTM_STEPS - 1) * COLUMNS.length;
      writeModelInputs(vectors.subarray(newest, newest + COLUMNS.length), inputs);
      writeScaledInputs(inputs, 0, lstm.scale, scaled, 0);
      return inputDistance(scaled, 0, lstm.scale);
    });
    assert.ok(worst(numbers(given.distance), distances) < 1e-4);
    assert.ok(Buffer.from(bytes).includes(CATALOGUE_HASH));
    assert.deepEqual(encodeOnnx(lstmModel(lstm, { name: 'lstm', ...NAMED })), bytes);
  });

  it('the runtime gives the convolutional net’s own shapes and embeddings, and distances, on a thousand windows', async () => {
    const candles = windowsOf(rows, CANDLE_STEPS, CANDLE_NUMBERS.length, candleOf);
    const bytes = encodeOnnx(cnnModel(cnn, { name: 'cnn', ...NAMED }));
    await using session = await OnnxSession.open(bytes);
    const given = await session.run({ candles: doubles(candles, [WINDOWS, CANDLE_STEPS, CANDLE_NUMBERS.length]) });
    assert.deepEqual(given.probabilities?.dims, [WINDOWS, SHAPES.length]);
    assert.deepEqual(given.embedding?.dims, [WINDOWS, EMBEDDING]);
    const own = await cnnOutputs(cnn, candles);
    assert.ok(worst(numbers(given.probabilities), own.probabilities) < 1e-4);
    assert.ok(worst(numbers(given.embedding), own.embeddings) < 1e-4);
    const embeddings = numbers(given.embedding);
    for (let window = 0; window < WINDOWS; window++) {
      const length = Math.hypot(...embeddings.slice(window * EMBEDDING, (window + 1) * EMBEDDING));
      assert.ok(Math.abs(length - 1) < 1e-4, `window ${window} is ${length} long`);
    }
    assert.ok(worst(numbers(given.distance), candleDistances(candles)) < 1e-4);
    assert.ok(Buffer.from(bytes).includes(CANDLES_STAMP.hash));
  });
});

describe('a window among others', () => {
  it('has the same answer of either net, bit for bit, wherever it stands in a run', async () => {
    const { rows, dataset } = netRows(2_400);
    const nets = [
      {
        model: lstmModel(await trainLstm(dataset, new Splits(dataset, LSTM_PLAN), LSTM, seededRandom(1)), {
          name: 'lstm',
          ...NAMED,
        }),
        input: 'vectors',
        row: [LSTM_STEPS, COLUMNS.length],
        windows: windowsOf(rows, LSTM_STEPS, COLUMNS.length, ({ values }) => values),
      },
      {
        model: cnnModel(await trainCnn(dataset, new Splits(dataset, CNN_PLAN), CNN, seededRandom(1)), { name: 'cnn', ...NAMED }),
        input: 'candles',
        row: [CANDLE_STEPS, CANDLE_NUMBERS.length],
        windows: windowsOf(rows, CANDLE_STEPS, CANDLE_NUMBERS.length, candleOf),
      },
    ];
    for (const { model, input, row, windows } of nets) {
      await using session = await OnnxSession.open(encodeOnnx(model));
      const length = (row[0] as number) * (row[1] as number);
      const one = windows.subarray(7 * length, 8 * length);
      const told: number[][] = [];
      for (const place of [0, 1, 13, RUN - 1]) {
        const run = windows.slice(20 * place * length, (20 * place + RUN) * length);
        run.set(one, place * length);
        const given = await session.run({ [input]: doubles(run, [RUN, ...row]) });
        told.push(
          Object.values(given).flatMap((output) =>
            numbers(output).slice((place * output.size) / RUN, ((place + 1) * output.size) / RUN),
          ),
        );
      }
      for (const other of told) assert.deepEqual(other, told[0]);
      assert.ok((told[0] as number[]).some((value) => value !== 0));
    }
  });
});

function candleDistances(candles: Float64Array): Float64Array {
  const length = CANDLE_STEPS * CANDLE_NUMBERS.length;
  const written = new Float32Array(WINDOW_LENGTH);
  return Float64Array.from({ length: WINDOWS }, (_, window) => {
    const from = window * length;
    writeCandleWindow(candles, from, written, 0);
    const [close, range] = candles.subarray(from + length - 2, from + length);
    const isKnown = (at: number): boolean => !Number.isNaN(candles[from + Math.floor(at / 4) * 5 + (at % 4)]);
    const known = written.filter((_value, at) => isKnown(at));
    if (Number.isNaN(close) || Number.isNaN(range)) return CANDLE_CLIP;
    return Math.sqrt(known.reduce((sum, value) => sum + value * value, 0) / known.length);
  });
}
