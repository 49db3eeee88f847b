import { CANDLE_NUMBERS } from '../../features/candle-numbers.js';
import { CANDLE_STEPS, CANDLES_STAMP } from '../../models/candle-window.js';
import { RANGE_LEAST } from '../../models/model-inputs.js';
import { CANDLE_CLIP, PRICES, SHAPES } from '../nets/candle-windows.js';
import { BESIDE, EMBEDDING, LAYERS, LENGTH_LEAST, REACH, SEEN, STRIDE } from '../nets/cnn-net.js';
import { type NetArray, type NetWeights, weightOf } from '../nets/net-weights.js';
import type { TrainedCnn } from '../nets/train-cnn.js';
import { GraphBuilder, type GraphValue } from './graph-builder.js';
import { rootMeanSquare } from './inputs-graph.js';
import { held, type NetModelOptions } from './lstm-graph.js';
import type { OnnxModel } from './onnx-model.js';

const FLOAT = { attributes: { to: { kind: 'int', value: 1 } } } as const;
const TURNED = { attributes: { perm: { kind: 'ints', value: [0, 2, 1] } } } as const;
/** Candles are no columns of the catalogue, and have a stamp of their own. */
const CANDLES_METADATA = { 'suho.candles.version': String(CANDLES_STAMP.version), 'suho.candles.hash': CANDLES_STAMP.hash };

/** Windows of candles in; the probability of each shape, the embedding, and the window's distance out. */
export function cnnModel({ weights, sizes }: TrainedCnn, { name, metadata }: NetModelOptions): OnnxModel {
  const graph = new GraphBuilder();
  const candles = graph.input({
    name: 'candles',
    type: 'double',
    shape: ['batch', CANDLE_STEPS, CANDLE_NUMBERS.length],
  });
  const measured = graph.node('Cast', [inRanges(graph, candles)], FLOAT);
  const flat = graph.node('Reshape', [measured, graph.ints([-1, CANDLE_STEPS * PRICES])]);
  graph.output(rootMeanSquare(graph, flat, CANDLE_CLIP), { name: 'distance', type: 'float', shape: ['batch'] });
  const embedding = directionOf(graph, known(graph, measured), weights, sizes.channels[2]);
  graph.output(embedding, { name: 'embedding', type: 'float', shape: ['batch', EMBEDDING] });
  const told = graph.node('Gemm', [embedding, held(graph, weights, 'head'), held(graph, weights, 'headBias')]);
  graph.output(graph.node('Sigmoid', [told]), { name: 'probabilities', type: 'float', shape: ['batch', SHAPES.length] });
  return graph.build(name, { ...CANDLES_METADATA, ...metadata });
}

/** How far each price lies from the newest close, in the newest candle's range; NaN where there is none. */
function inRanges(graph: GraphBuilder, candles: GraphValue): GraphValue {
  const part = (value: GraphValue, axis: number, from: number, to: number): GraphValue =>
    graph.node('Slice', [value, graph.ints([from]), graph.ints([to]), graph.ints([axis])]);
  const newest = part(candles, 1, CANDLE_STEPS - 1, CANDLE_STEPS);
  const close = part(newest, 2, PRICES - 1, PRICES);
  const range = part(newest, 2, PRICES, PRICES + 1);
  const some = graph.node('Greater', [range, graph.node('Mul', [close, graph.doubles([RANGE_LEAST], [])])]);
  const unit = graph.node('Where', [some, range, graph.doubles([Number.NaN], [])]);
  return graph.node('Div', [graph.node('Sub', [part(candles, 2, 0, PRICES), close]), unit]);
}

function known(graph: GraphBuilder, measured: GraphValue): GraphValue {
  const clipped = graph.node('Clip', [measured, graph.floats([-CANDLE_CLIP], []), graph.floats([CANDLE_CLIP], [])]);
  return graph.node('Where', [graph.node('IsNaN', [measured]), graph.floats([0], []), clipped]);
}

function directionOf(graph: GraphBuilder, prices: GraphValue, weights: NetWeights, channels: number): GraphValue {
  const shown = graph.node('MatMul', [prices, graph.floats(SEEN.flat(), [PRICES, PRICES])]);
  let seen = graph.node('Transpose', [shown], TURNED);
  for (const name of LAYERS) {
    const kernel = byChannel(graph, weightOf(weights, name));
    const convolved = graph.node('Conv', [seen, kernel, held(graph, weights, `${name}Bias`)], {
      attributes: {
        kernel_shape: { kind: 'ints', value: [REACH] },
        strides: { kind: 'ints', value: [STRIDE] },
        pads: { kind: 'ints', value: [BESIDE, BESIDE] },
      },
    });
    seen = graph.node('Relu', [convolved]);
  }
  const flatLength = (CANDLE_STEPS / STRIDE ** LAYERS.length) * channels;
  const flat = graph.node('Reshape', [graph.node('Transpose', [seen], TURNED), graph.ints([-1, flatLength])]);
  const direction = graph.node('Gemm', [flat, held(graph, weights, 'dense'), held(graph, weights, 'denseBias')]);
  const squares = graph.node('ReduceSum', [graph.node('Mul', [direction, direction]), graph.ints([1])]);
  const length = graph.node('Sqrt', [graph.node('Add', [squares, graph.floats([LENGTH_LEAST], [])])]);
  return graph.node('Div', [direction, length]);
}

/** Ours has a row per neighbour and channel and a column per output; the operator `[outputs, channels, neighbours]`. */
function byChannel(graph: GraphBuilder, { shape, values }: NetArray): GraphValue {
  const [rows = 0, outputs = 0] = shape;
  const channels = rows / REACH;
  const kernel = new Float32Array(values.length);
  for (let neighbour = 0; neighbour < REACH; neighbour++)
    for (let channel = 0; channel < channels; channel++)
      for (let output = 0; output < outputs; output++)
        kernel[(output * channels + channel) * REACH + neighbour] = values[
          (neighbour * channels + channel) * outputs + output
        ] as number;
  return graph.floats(kernel, [outputs, channels, REACH]);
}
