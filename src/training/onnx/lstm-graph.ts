import { SCALED_COUNT } from '../../models/input-scale.js';
import { INPUT_COUNT, MEASURED_INPUTS } from '../../models/model-inputs.js';
import { CATALOGUE_METADATA } from '../../models/model-metadata.js';
import { LSTM_HORIZONS, LSTM_LEVELS, LSTM_STEPS, summing } from '../nets/lstm-net.js';
import { type NetArray, type NetWeights, weightOf } from '../nets/net-weights.js';
import type { TrainedLstm } from '../nets/train-lstm.js';
import { GraphBuilder, type GraphValue } from './graph-builder.js';
import { meanSquareRoot, vectorsInput } from './inputs-graph.js';
import type { OnnxModel } from './onnx-model.js';
import { scaledInputs } from './scaled-inputs-graph.js';

export interface NetModelOptions {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Windows of the catalogue's vectors in; quantiles of the return over each horizon, in atr_14, and the row's distance out. */
export function lstmModel(trained: TrainedLstm, { name, metadata }: NetModelOptions): OnnxModel {
  const { weights, scale, horizonScales } = trained;
  const graph = new GraphBuilder();
  const scaled = scaledInputs(graph, vectorsInput(graph, LSTM_STEPS), scale);
  const state = recurrent(graph, scaled, weights, trained.sizes.hidden);
  const told = graph.node('Gemm', [state, held(graph, weights, 'head'), held(graph, weights, 'headBias')]);
  graph.output(quantiles(graph, told, horizonScales), {
    name: 'quantiles',
    type: 'float',
    shape: ['batch', LSTM_HORIZONS.length, LSTM_LEVELS.length],
  });
  graph.output(newestDistance(graph, scaled, scale.clip), { name: 'distance', type: 'float', shape: ['batch'] });
  return graph.build(name, { ...CATALOGUE_METADATA, ...metadata });
}

export function held(graph: GraphBuilder, weights: NetWeights, name: string): GraphValue {
  const { shape, values } = weightOf(weights, name);
  return graph.floats(values, shape);
}

/** The last state beside the newest candle, `[batch, hidden + projected]`, of scaled inputs that are a column per candle. */
function recurrent(graph: GraphBuilder, scaled: GraphValue, weights: NetWeights, hidden: number): GraphValue {
  const { shape } = weightOf(weights, 'projection');
  const seen = graph.node('Gemm', [scaled, held(graph, weights, 'projection'), held(graph, weights, 'projectionBias')], {
    attributes: { transA: { kind: 'int', value: 1 } },
  });
  const byWindows = graph.node('Reshape', [graph.node('Tanh', [seen]), graph.ints([-1, LSTM_STEPS, shape[1] as number])]);
  const bySteps = graph.node('Transpose', [byWindows], { attributes: { perm: { kind: 'ints', value: [1, 0, 2] } } });
  // The operator has a bias for the inputs and one for the state: they are added, so the second is nothing.
  const biases = new Float32Array(8 * hidden);
  biases.set(weightOf(weights, 'gates').values);
  const [, last] = graph.nodeOf(
    'LSTM',
    [
      bySteps,
      turned(graph, weightOf(weights, 'input')),
      turned(graph, weightOf(weights, 'recurrent')),
      graph.floats(biases, [1, 8 * hidden]),
    ],
    2,
    { attributes: { hidden_size: { kind: 'int', value: hidden } } },
  ) as readonly [GraphValue, GraphValue];
  const state = graph.node('Squeeze', [last, graph.ints([0])]);
  const newest = graph.node('Gather', [bySteps, graph.ints([LSTM_STEPS - 1], [])], {
    attributes: { axis: { kind: 'int', value: 0 } },
  });
  return graph.node('Concat', [state, newest], { attributes: { axis: { kind: 'int', value: 1 } } });
}

/** The operator has a row per gate where ours has a column. */
function turned(graph: GraphBuilder, { shape, values }: NetArray): GraphValue {
  const [rows = 0, columns = 0] = shape;
  const other = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) other[column * rows + row] = values[row * columns + column] as number;
  return graph.floats(other, [1, columns, rows]);
}

/** Each the one below it and something above 0. */
function quantiles(graph: GraphBuilder, told: GraphValue, horizonScales: readonly number[]): GraphValue {
  const levels = LSTM_LEVELS.length;
  const all = graph.node('Reshape', [told, graph.ints([-1, horizonScales.length, levels])]);
  const part = (from: number, to: number): GraphValue =>
    graph.node('Slice', [all, graph.ints([from]), graph.ints([to]), graph.ints([2])]);
  const steps = graph.node('Concat', [part(0, 1), graph.node('Softplus', [part(1, levels)])], {
    attributes: { axis: { kind: 'int', value: 2 } },
  });
  const risen = graph.node('MatMul', [steps, graph.floats(summing(levels), [levels, levels])]);
  return graph.node('Mul', [risen, graph.floats(horizonScales, [horizonScales.length, 1])]);
}

function newestDistance(graph: GraphBuilder, scaled: GraphValue, clip: number): GraphValue {
  const byWindows = graph.node('Reshape', [scaled, graph.ints([SCALED_COUNT, -1, LSTM_STEPS])]);
  const newest = graph.node('Gather', [byWindows, graph.ints([LSTM_STEPS - 1], [])], {
    attributes: { axis: { kind: 'int', value: 2 } },
  });
  const rows = graph.node('Transpose', [newest], { attributes: { perm: { kind: 'ints', value: [1, 0] } } });
  const part = (from: number, to: number): GraphValue =>
    graph.node('Slice', [rows, graph.ints([from]), graph.ints([to]), graph.ints([1])]);
  return meanSquareRoot(graph, part(0, MEASURED_INPUTS.length), part(INPUT_COUNT, SCALED_COUNT), clip);
}
