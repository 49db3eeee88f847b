import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GraphBuilder } from '../../../src/training/onnx/graph-builder.js';
import { encodeOnnx, type OnnxModel } from '../../../src/training/onnx/onnx-model.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { doubles, floats, numbers, OnnxSession } from '../../support/onnx-session.js';

/** relu(x · w + b), a layer of a net. */
function layer(w: ArrayLike<number>, b: ArrayLike<number>, from: number, to: number): OnnxModel {
  const graph = new GraphBuilder();
  const x = graph.input({ name: 'x', type: 'float', shape: ['batch', from] });
  const sum = graph.node('Gemm', [x, graph.floats(w, [from, to]), graph.floats(b)]);
  graph.output(graph.node('Relu', [sum]), { name: 'y', type: 'float', shape: ['batch', to] });
  return graph.build('layer', { card: 'models/layer.json', language: 'Ελληνικά' });
}

describe('encodeOnnx', () => {
  it('a layer gives what plain arithmetic gives', async () => {
    const random = seededRandom('layer');
    const [rows, from, to] = [7, 300, 5];
    const drawn = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());
    const [x, w, b] = [drawn(rows * from), drawn(from * to), drawn(to)];
    await using session = await OnnxSession.open(encodeOnnx(layer(w, b, from, to)));
    const { y } = await session.run({ x: floats(x, [rows, from]) });
    const given = numbers(y);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < to; column++) {
        let sum = b[column] as number;
        for (let at = 0; at < from; at++) sum += (x[row * from + at] as number) * (w[at * to + column] as number);
        assert.ok(Math.abs((given[row * to + column] as number) - Math.max(0, sum)) < 1e-4);
      }
    }
  });

  it('attributes of every kind arrive: a softmax by axis, a cast, a tree of two leaves', async () => {
    const graph = new GraphBuilder();
    const x = graph.input({ name: 'x', type: 'double', shape: ['batch', 2] });
    const cast = graph.node('Cast', [x], { attributes: { to: { kind: 'int', value: 1 } } });
    const soft = graph.node('Softmax', [cast], { attributes: { axis: { kind: 'int', value: -1 } } });
    graph.output(soft, { name: 'soft', type: 'float', shape: ['batch', 2] });
    const leaky = graph.node('LeakyRelu', [cast], { attributes: { alpha: { kind: 'float', value: 0.25 } } });
    graph.output(leaky, { name: 'leaky', type: 'float', shape: ['batch', 2] });
    const [label, scores] = graph.nodeOf('TreeEnsembleClassifier', [cast], 2, {
      domain: 'ai.onnx.ml',
      attributes: {
        nodes_treeids: { kind: 'ints', value: [0, 0, 0] },
        nodes_nodeids: { kind: 'ints', value: [0, 1, 2] },
        nodes_featureids: { kind: 'ints', value: [1, 0, 0] },
        nodes_values: { kind: 'floats', value: [0.5, 0, 0] },
        nodes_modes: { kind: 'strings', value: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
        nodes_truenodeids: { kind: 'ints', value: [1, 0, 0] },
        nodes_falsenodeids: { kind: 'ints', value: [2, 0, 0] },
        class_treeids: { kind: 'ints', value: [0, 0] },
        class_nodeids: { kind: 'ints', value: [1, 2] },
        class_ids: { kind: 'ints', value: [0, 1] },
        class_weights: { kind: 'floats', value: [3, 4] },
        classlabels_int64s: { kind: 'ints', value: [-1, 12_345_678_901, 7] },
        post_transform: { kind: 'string', value: 'NONE' },
      },
    });
    assert.ok(label !== undefined && scores !== undefined);
    graph.output(label, { name: 'label', type: 'int64', shape: ['batch'] });
    graph.output(scores, { name: 'scores', type: 'float', shape: ['batch', 3] });
    await using session = await OnnxSession.open(encodeOnnx(graph.build('attributes')));
    const given = await session.run({ x: doubles([-2, 0.5, Math.log(3), 0.75], [2, 2]) });
    assert.deepEqual(numbers(given.leaky), [-0.5, 0.5, Math.fround(Math.log(3)), 0.75]);
    assert.deepEqual(numbers(given.label), [-1, 12_345_678_901]);
    assert.deepEqual(numbers(given.scores), [3, 0, 0, 0, 4, 0]);
    const share = 1 / (1 + Math.exp(0.75 - Math.log(3)));
    assert.ok(Math.abs((numbers(given.soft)[2] as number) - share) < 1e-6);
  });

  it('what is double stays double, and NaN stays NaN', async () => {
    const graph = new GraphBuilder();
    const x = graph.input({ name: 'x', type: 'double', shape: ['batch', 3] });
    const sum = graph.node('Add', [x, graph.doubles([1e-12, Number.NaN, -0])]);
    graph.output(sum, { name: 'y', type: 'double', shape: ['batch', 3] });
    const picked = graph.node('Gather', [x, graph.ints([2, 0])], { attributes: { axis: { kind: 'int', value: -1 } } });
    graph.output(picked, { name: 'picked', type: 'double', shape: ['batch', 2] });
    await using session = await OnnxSession.open(encodeOnnx(graph.build('doubles')));
    const { y, picked: two } = await session.run({ x: doubles([1, 2, 1 / 3], [1, 3]) });
    assert.deepEqual(numbers(y), [1 + 1e-12, Number.NaN, 1 / 3]);
    assert.deepEqual(numbers(two), [1 / 3, 1]);
  });

  it('the same model is the same bytes, another weight other bytes', () => {
    const w = Float32Array.from({ length: 600 }, (_, at) => Math.sin(at));
    const bytes = (): Uint8Array => encodeOnnx(layer(w, [0, 0], 300, 2));
    assert.deepEqual(bytes(), bytes());
    const before = bytes();
    w[599] = (w[599] as number) + 1e-6;
    assert.notDeepEqual(bytes(), before);
  });

  it('a tensor that does not fill its shape is refused', () => {
    assert.throws(() => encodeOnnx(layer([1, 2, 3], [0], 2, 1)), /holds as many values/);
  });
});
