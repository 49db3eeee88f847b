import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE_HASH } from '../../../src/features/catalogue-version.js';
import { COLUMNS } from '../../../src/indicators/registry.js';
import { type InputScale, inputDistance, SCALED_COUNT, writeScaledInputs } from '../../../src/models/input-scale.js';
import { INPUT_COUNT, INPUT_NAMES, MEASURED_INPUTS, writeModelInputs } from '../../../src/models/model-inputs.js';
import { type TreeEnsemble, treeProbabilities } from '../../../src/models/tree-ensemble.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { GraphBuilder } from '../../../src/training/onnx/graph-builder.js';
import { encodeOnnx } from '../../../src/training/onnx/onnx-model.js';
import { classifyByTrees, treesModel } from '../../../src/training/onnx/trees-graph.js';
import { type BoostingRules, boostTrees } from '../../../src/training/trees/boosting.js';
import type { ClassedRows } from '../../../src/training/trees/bins.js';
import { doubles, floats, numbers, OnnxSession } from '../../support/onnx-session.js';
import { vectorsOfCandles } from '../../support/vectors-of-candles.js';
import { walkOfCandles } from '../../support/walk-of-candles.js';

const LABELS = [-1, 0, 1];
const SCALE: InputScale = {
  centres: Float64Array.from(MEASURED_INPUTS, (_, at) => Math.sin(at)),
  widths: Float64Array.from(MEASURED_INPUTS, (_, at) => 0.5 + (at % 7)),
  clip: 2,
};

const RULES: BoostingRules = {
  classes: 3,
  roundsMost: 30,
  depthMost: 6,
  leavesMost: 64,
  rate: 0.3,
  l2: 1,
  childWeightLeast: 0.1,
  gainLeast: 0,
  rowShare: 0.8,
  columnShare: 0.8,
  patience: 100,
};

interface Trained {
  readonly vectors: readonly Float64Array[];
  readonly rows: ClassedRows;
  readonly ensemble: TreeEnsemble;
}

/** Trees over the vectors of a walk, some of them with holes, that have learned by heart where one input lies. */
function trained(count: number): Trained {
  const random = seededRandom('trees');
  const vectors = vectorsOfCandles(walkOfCandles('EURUSD', 'M1', count)).map((vector, at) =>
    at % 3 === 0 ? vector.map((value) => (random.chance(0.05) ? Number.NaN : value)) : vector,
  );
  const inputs = new Float32Array(count * INPUT_COUNT);
  for (const [at, vector] of vectors.entries()) writeModelInputs(vector, inputs, at * INPUT_COUNT);
  const place = INPUT_NAMES.indexOf('sma_20');
  const classes = Uint8Array.from({ length: count }, (_, at) => {
    const value = inputs[at * INPUT_COUNT + place] as number;
    return Number.isNaN(value) || random.chance(0.3) ? random.int(3) : value > 1 ? 2 : value < -1 ? 0 : 1;
  });
  const rows = { inputs, columns: INPUT_COUNT, rows: Int32Array.from({ length: count }, (_, at) => at), classes };
  return { vectors, rows, ensemble: boostTrees(rows, undefined, RULES, random).ensemble };
}

function flattened(vectors: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(vectors.length * COLUMNS.length);
  for (const [at, vector] of vectors.entries()) all.set(vector, at * COLUMNS.length);
  return all;
}

describe('treesModel', () => {
  it('the runtime gives the trainer’s own probabilities on a thousand vectors, from the raw catalogue on', async () => {
    const { vectors, rows, ensemble } = trained(1_200);
    const options = { name: 'trees', labels: LABELS, scale: SCALE, metadata: {} };
    await using session = await OnnxSession.open(encodeOnnx(treesModel(ensemble, options)));
    const given = await session.run({ vectors: doubles(flattened(vectors), [vectors.length, COLUMNS.length]) });
    const probabilities = numbers(given.probabilities);
    const labels = numbers(given.label);
    let worst = 0;
    for (let row = 0; row < vectors.length; row++) {
      const own = treeProbabilities(ensemble, rows.inputs, row * INPUT_COUNT);
      for (const [kind, share] of own.entries())
        worst = Math.max(worst, Math.abs(share - (probabilities[3 * row + kind] as number)));
      const most = Math.max(...own);
      if (own.filter((share) => share > most - 1e-5).length === 1) assert.equal(labels[row], LABELS[own.indexOf(most)]);
    }
    assert.ok(worst < 1e-5, `${worst} apart`);
    assert.ok(new Set(labels).size === 3, 'every label comes up');
  });

  it('neighbouring floats stay on their sides of a threshold', async () => {
    const values = Float32Array.from({ length: 60 }, (_, at) => Math.fround(0.1) + (at - 30) * 2 ** -27);
    const classes = Uint8Array.from(values, (_, at) => (at * at) % 3);
    const rows = { inputs: values, columns: 1, rows: Int32Array.from(values, (_, at) => at), classes };
    const { ensemble } = boostTrees(rows, undefined, { ...RULES, rowShare: 1, columnShare: 1, roundsMost: 60 }, seededRandom(1));
    const graph = new GraphBuilder();
    const [, shown] = classifyByTrees(graph, graph.input({ name: 'x', type: 'float', shape: ['batch', 1] }), ensemble, LABELS);
    graph.output(shown, { name: 'probabilities', type: 'float', shape: ['batch', 3] });
    await using session = await OnnxSession.open(encodeOnnx(graph.build('neighbours')));
    const { probabilities } = await session.run({ x: floats(values, [values.length, 1]) });
    const given = numbers(probabilities);
    for (const [row, kind] of classes.entries()) {
      assert.ok((given[3 * row + kind] as number) > 0.5, `row ${row} is learned by heart`);
      for (const [at, share] of treeProbabilities(ensemble, values, row).entries())
        assert.ok(Math.abs((given[3 * row + at] as number) - share) < 1e-5);
    }
  });

  it('tells how far each row lies from what was trained on, as plain code does', async () => {
    const { vectors, rows, ensemble } = trained(300);
    const tried = [...vectors, new Float64Array(COLUMNS.length).fill(Number.NaN)];
    const options = { name: 'trees', labels: LABELS, scale: SCALE, metadata: {} };
    await using session = await OnnxSession.open(encodeOnnx(treesModel(ensemble, options)));
    const { distance } = await session.run({ vectors: doubles(flattened(tried), [tried.length, COLUMNS.length]) });
    assert.deepEqual(distance?.dims, [tried.length]);
    const given = numbers(distance);
    const scaled = new Float32Array(SCALED_COUNT);
    for (let row = 0; row < vectors.length; row++) {
      writeScaledInputs(rows.inputs, row * INPUT_COUNT, SCALE, scaled, 0);
      assert.ok(Math.abs((given[row] as number) - inputDistance(scaled, 0, SCALE)) < 1e-5, `row ${row}`);
    }
    assert.equal(given.at(-1), SCALE.clip, 'where nothing is known, as far as can be told');
    assert.ok(new Set(given).size > 200 && given.every((value) => value > 0 && value <= SCALE.clip));
  });

  it('one vector gives what it gives among others', async () => {
    const { vectors, ensemble } = trained(400);
    await using session = await OnnxSession.open(
      encodeOnnx(treesModel(ensemble, { name: 'trees', labels: LABELS, scale: SCALE, metadata: {} })),
    );
    const { probabilities } = await session.run({ vectors: doubles(flattened(vectors), [vectors.length, COLUMNS.length]) });
    const together = numbers(probabilities);
    for (const row of [0, 57, 200, 399]) {
      const alone = await session.run({ vectors: doubles(vectors[row] as Float64Array, [1, COLUMNS.length]) });
      assert.deepEqual(numbers(alone.probabilities), together.slice(3 * row, 3 * row + 3));
    }
  });

  it('the same trees are the same file', () => {
    const { ensemble } = trained(300);
    const bytes = (): Uint8Array =>
      encodeOnnx(treesModel(ensemble, { name: 'trees', labels: LABELS, scale: SCALE, metadata: { seed: '1' } }));
    assert.deepEqual(bytes(), bytes());
    assert.ok(Buffer.from(bytes()).includes(CATALOGUE_HASH), 'the file says which catalogue it was trained on');
  });
});
