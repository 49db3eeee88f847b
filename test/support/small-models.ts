/** Models of every kind of layer that ours are made of, with drawn weights: quick to make, and the runtime's real kernels. */
import { createHash } from 'node:crypto';
import { COLUMNS } from '../../src/indicators/registry.js';
import { SCALED_COUNT } from '../../src/models/input-scale.js';
import { MEASURED_INPUTS } from '../../src/models/model-inputs.js';
import { seededRandom } from '../../src/runtime/random.js';
import { GraphBuilder, type GraphValue } from '../../src/training/onnx/graph-builder.js';
import { vectorsInput } from '../../src/training/onnx/inputs-graph.js';
import { encodeOnnx } from '../../src/training/onnx/onnx-model.js';
import { scaledInputs } from '../../src/training/onnx/scaled-inputs-graph.js';

export interface SmallModel {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly row: readonly number[];
}

type Draw = (count: number) => Float32Array;

function drawn(key: string): Draw {
  const random = seededRandom(`model ${key}`);
  return (count) => Float32Array.from({ length: count }, () => random.normal() / Math.sqrt(32));
}

export function sealed(graph: GraphBuilder, row: readonly number[]): SmallModel {
  const bytes = encodeOnnx(graph.build('small'));
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), row };
}

/** `row` numbers in doubles, named `vectors`, to `width` numbers, named `out`. */
export function smallModel(
  row: readonly number[],
  width: number,
  layers: (graph: GraphBuilder, x: GraphValue, draw: Draw) => GraphValue,
): SmallModel {
  const graph = new GraphBuilder();
  const vectors = graph.input({ name: 'vectors', type: 'double', shape: ['batch', ...row] });
  const x = graph.node('Cast', [vectors], { attributes: { to: { kind: 'int', value: 1 } } });
  const out = layers(graph, x, drawn(row.join('×')));
  graph.output(out, { name: 'out', type: 'float', shape: ['batch', width] });
  return sealed(graph, row);
}

/** x · w + b, then tanh: `width` numbers of `columns`. */
export function denseModel(columns = 176, width = 3, hidden = 64): SmallModel {
  return smallModel([columns], width, (graph, x, draw) => {
    const first = graph.node('Gemm', [x, graph.floats(draw(columns * hidden), [columns, hidden]), graph.floats(draw(hidden))]);
    const bent = graph.node('Tanh', [first]);
    return graph.node('Gemm', [bent, graph.floats(draw(hidden * width), [hidden, width]), graph.floats(draw(width))]);
  });
}

/** A recurrent net over the steps of a window, its last state turned into `width` numbers. */
export function lstmLayers(graph: GraphBuilder, x: GraphValue, columns: number, width: number, hidden: number): GraphValue {
  const draw = drawn(`lstm ${columns}`);
  const turned = graph.node('Transpose', [x], { attributes: { perm: { kind: 'ints', value: [1, 0, 2] } } });
  const [, last] = graph.nodeOf(
    'LSTM',
    [
      turned,
      graph.floats(draw(4 * hidden * columns), [1, 4 * hidden, columns]),
      graph.floats(draw(4 * hidden * hidden), [1, 4 * hidden, hidden]),
      graph.floats(draw(8 * hidden), [1, 8 * hidden]),
    ],
    2,
    { attributes: { hidden_size: { kind: 'int', value: hidden } } },
  ) as readonly [GraphValue, GraphValue];
  const state = graph.node('Squeeze', [last, graph.ints([0])]);
  return graph.node('Gemm', [state, graph.floats(draw(hidden * width), [hidden, width]), graph.floats(draw(width))]);
}

export function lstmModel(steps = 50, columns = 176, width = 4, hidden = 32): SmallModel {
  return smallModel([steps, columns], width, (graph, x) => lstmLayers(graph, x, columns, width, hidden));
}

/** The same over the catalogue's vectors, made into inputs within the graph, as ours are. */
export function catalogueNetModel(steps = 50): SmallModel {
  const graph = new GraphBuilder();
  const measured = MEASURED_INPUTS.length;
  const scale = { centres: new Float64Array(measured), widths: new Float64Array(measured).fill(1), clip: 5 };
  const columns = scaledInputs(graph, vectorsInput(graph, steps), scale);
  const rows = graph.node('Transpose', [columns], { attributes: { perm: { kind: 'ints', value: [1, 0] } } });
  const inputs = graph.node('Reshape', [rows, graph.ints([-1, steps, SCALED_COUNT])]);
  graph.output(lstmLayers(graph, inputs, SCALED_COUNT, 12, 32), { name: 'out', type: 'float', shape: ['batch', 12] });
  return sealed(graph, [steps, COLUMNS.length]);
}

/** A convolution over 64 candles of four prices, flattened into a layer. */
export function cnnModel(width = 128, channels = 16): SmallModel {
  const [candles, prices, reach] = [64, 4, 5];
  return smallModel([prices, candles], width, (graph, x, draw) => {
    const seen = graph.node('Conv', [x, graph.floats(draw(channels * prices * reach), [channels, prices, reach])], {
      attributes: { kernel_shape: { kind: 'ints', value: [reach] } },
    });
    const flat = graph.node('Flatten', [graph.node('Relu', [seen])]);
    const long = channels * (candles - reach + 1);
    const sums = graph.node('Gemm', [flat, graph.floats(draw(long * width), [long, width]), graph.floats(draw(width))]);
    return graph.node('Softmax', [sums], { attributes: { axis: { kind: 'int', value: -1 } } });
  });
}

/** Trees of one cut each over drawn columns, summed into three classes. */
export function treesModel(columns = 176, trees = 200): SmallModel {
  const classes = 3;
  return smallModel([columns], classes, (graph, x, draw) => {
    const cuts = draw(trees);
    const leaves = draw(2 * trees);
    const each = <T>(of: (tree: number) => readonly T[]): T[] => Array.from({ length: trees }, (_, tree) => of(tree)).flat();
    const [, scores] = graph.nodeOf('TreeEnsembleClassifier', [x], 2, {
      domain: 'ai.onnx.ml',
      attributes: {
        nodes_treeids: { kind: 'ints', value: each((tree) => [tree, tree, tree]) },
        nodes_nodeids: { kind: 'ints', value: each(() => [0, 1, 2]) },
        nodes_featureids: { kind: 'ints', value: each((tree) => [(tree * 37) % columns, 0, 0]) },
        nodes_values: { kind: 'floats', value: each((tree) => [cuts[tree] as number, 0, 0]) },
        nodes_modes: { kind: 'strings', value: each(() => ['BRANCH_LEQ', 'LEAF', 'LEAF']) },
        nodes_truenodeids: { kind: 'ints', value: each(() => [1, 0, 0]) },
        nodes_falsenodeids: { kind: 'ints', value: each(() => [2, 0, 0]) },
        class_treeids: { kind: 'ints', value: each((tree) => [tree, tree]) },
        class_nodeids: { kind: 'ints', value: each(() => [1, 2]) },
        class_ids: { kind: 'ints', value: each((tree) => [tree % classes, (tree + 1) % classes]) },
        class_weights: { kind: 'floats', value: [...leaves] },
        classlabels_int64s: { kind: 'ints', value: [-1, 0, 1] },
        post_transform: { kind: 'string', value: 'SOFTMAX' },
      },
    }) as readonly [GraphValue, GraphValue];
    return scores;
  });
}
