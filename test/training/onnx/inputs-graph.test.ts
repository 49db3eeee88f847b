import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { COLUMNS } from '../../../src/indicators/registry.js';
import { type InputScale, SCALED_COUNT, writeScaledInputs } from '../../../src/models/input-scale.js';
import { INPUT_COUNT, MEASURED_INPUTS, writeModelInputs } from '../../../src/models/model-inputs.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { GraphBuilder } from '../../../src/training/onnx/graph-builder.js';
import { modelInputs, vectorsInput } from '../../../src/training/onnx/inputs-graph.js';
import { encodeOnnx } from '../../../src/training/onnx/onnx-model.js';
import { scaledInputs } from '../../../src/training/onnx/scaled-inputs-graph.js';
import { doubles, numbers, OnnxSession } from '../../support/onnx-session.js';
import { PRICE_PATHS } from '../../support/price-paths.js';
import { vectorsOfCandles } from '../../support/vectors-of-candles.js';
import { walkOfCandles } from '../../support/walk-of-candles.js';

/** Vectors of walks, of a market that stands still for a while, and of nothing but holes. */
function triedVectors(): Float64Array[] {
  const walk = vectorsOfCandles(walkOfCandles('EURUSD', 'M1', 600));
  const stops = PRICE_PATHS['flat prices after a walk']?.(600, 3) ?? [];
  const still = walkOfCandles('EURUSD', 'M1', 600).map((candle, at) => ({
    ...candle,
    ...stops[at],
    time: candle.time,
    volume: 0,
  }));
  const random = seededRandom('holes');
  const holed = walk.slice(-100).map((vector) => vector.map((value) => (random.chance(0.1) ? Number.NaN : value)));
  const dying = (walk.at(-1) as Float64Array).slice();
  dying[COLUMNS.indexOf('atr_14')] = 1e-10;
  return [...walk, ...vectorsOfCandles(still), ...holed, dying, new Float64Array(COLUMNS.length).fill(Number.NaN)];
}

function flattened(vectors: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(vectors.length * COLUMNS.length);
  for (const [at, vector] of vectors.entries()) all.set(vector, at * COLUMNS.length);
  return all;
}

async function rawInputs(): Promise<OnnxSession> {
  const graph = new GraphBuilder();
  const port = { name: 'inputs', type: 'float', shape: ['batch', INPUT_COUNT] } as const;
  graph.output(modelInputs(graph, vectorsInput(graph)), port);
  return OnnxSession.open(encodeOnnx(graph.build('inputs')));
}

/** A row per vector, as they come. */
async function inputsInScale(scale: InputScale, steps: number): Promise<OnnxSession> {
  const graph = new GraphBuilder();
  const columns = scaledInputs(graph, vectorsInput(graph, steps), scale);
  const rows = graph.node('Transpose', [columns], { attributes: { perm: { kind: 'ints', value: [1, 0] } } });
  graph.output(rows, { name: 'inputs', type: 'float', shape: ['rows', SCALED_COUNT] });
  return OnnxSession.open(encodeOnnx(graph.build('inputs')));
}

const SCALE: InputScale = {
  centres: Float64Array.from(MEASURED_INPUTS, (_, at) => Math.sin(at)),
  widths: Float64Array.from(MEASURED_INPUTS, (_, at) => 0.5 + (at % 7)),
  clip: 2,
};

describe('the inputs within a graph', () => {
  let vectors: readonly Float64Array[] = [];
  before(() => {
    vectors = triedVectors();
  });

  it('are bit for bit those that are computed in plain code', async () => {
    await using session = await rawInputs();
    const { inputs } = await session.run({ vectors: doubles(flattened(vectors), [vectors.length, COLUMNS.length]) });
    const expected = new Float32Array(vectors.length * INPUT_COUNT);
    for (const [at, vector] of vectors.entries()) writeModelInputs(vector, expected, at * INPUT_COUNT);
    assert.deepEqual(numbers(inputs), Array.from(expected));
    assert.ok(expected.some(Number.isNaN) && expected.some((value) => Math.abs(value) > 1));
  });

  it('scaled, with a mask of what is missing, over steps of a window as well', async () => {
    const steps = 10;
    await using session = await inputsInScale(SCALE, steps);
    const rows = vectors.slice(0, Math.floor(vectors.length / steps) * steps);
    const { inputs } = await session.run({ vectors: doubles(flattened(rows), [rows.length / steps, steps, COLUMNS.length]) });
    assert.deepEqual(inputs?.dims, [rows.length, SCALED_COUNT]);
    const expected = new Float32Array(rows.length * SCALED_COUNT);
    const plain = new Float64Array(INPUT_COUNT);
    for (const [at, vector] of rows.entries()) {
      writeModelInputs(vector, plain);
      writeScaledInputs(plain, 0, SCALE, expected, at * SCALED_COUNT);
    }
    const given = numbers(inputs);
    for (const [at, value] of expected.entries())
      assert.ok(Math.abs((given[at] as number) - value) <= 1e-5, `${at % SCALED_COUNT}: ${given[at]}, not ${value}`);
    assert.ok(expected.every((value) => Math.abs(value) <= 2));
    assert.ok(given.slice(INPUT_COUNT, SCALED_COUNT).includes(1), 'the first candle misses much');
  });
});
