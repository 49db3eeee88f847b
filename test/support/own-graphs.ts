/** Graphs as a tenant might bring them: one that is well, and such as are not. */
import { createHash } from 'node:crypto';
import { COLUMNS } from '../../src/indicators/registry.js';
import type { Timeframe } from '../../src/market/timeframe.js';
import { CATALOGUE_METADATA } from '../../src/models/model-metadata.js';
import { checkOwnModel, type OwnModelEntry } from '../../src/models/own-model.js';
import { GraphBuilder, type GraphValue } from '../../src/training/onnx/graph-builder.js';
import { encodeOnnx, type OnnxAttribute } from '../../src/training/onnx/onnx-model.js';

export const WIDTH = COLUMNS.length;
const FLOAT = { to: { kind: 'int', value: 1 } } as const;
const INT64 = { to: { kind: 'int', value: 7 } } as const;
const NO_AXIS_KEPT = { keepdims: { kind: 'int', value: 0 } } as const;
const even: readonly number[] = [0.25, 0.5, 0.25];

export interface OwnGraphOptions {
  readonly steps?: number;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly input?: {
    readonly name?: string;
    readonly type?: 'double' | 'float' | 'int64';
    readonly shape?: readonly (number | string)[];
  };
  readonly output?: { readonly name?: string; readonly width?: number; readonly says?: readonly number[] };
}

/** What is said is 0.25, 0.5, 0.25, and to it is added what `more` makes of the largest number of the window: 0 where it is 0. */
export function ownGraph(
  more: (graph: GraphBuilder, largest: GraphValue) => GraphValue | undefined,
  { steps, metadata = CATALOGUE_METADATA, input = {}, output = {} }: OwnGraphOptions = {},
): Uint8Array {
  const graph = new GraphBuilder();
  const shape = input.shape ?? (steps === undefined ? ['batch', WIDTH] : ['batch', steps, WIDTH]);
  const type = input.type ?? 'double';
  const vectors = graph.input({ name: input.name ?? 'vectors', type, shape });
  const largest = graph.node('ReduceMax', [vectors], { attributes: NO_AXIS_KEPT });
  const added = more(graph, largest);
  const width = output.width ?? even.length;
  const held = graph.floats(
    Array.from({ length: width }, (_, at) => (output.says ?? even)[at] ?? 0),
    [1, width],
  );
  const told = added === undefined ? held : graph.node('Add', [held, added]);
  graph.output(told, { name: output.name ?? 'probabilities', type: 'float', shape: ['batch', width] });
  return encodeOnnx(graph.build('own', metadata));
}

/** Says that the price rises as surely as the largest number of its window tells: BUY 0.25 + that, SELL 0.25 less that. */
export function honestGraph(options: OwnGraphOptions = {}): Uint8Array {
  return ownGraph((graph, largest) => {
    const sure = graph.node('Clip', [
      graph.node('Cast', [largest], { attributes: FLOAT }),
      graph.floats([0], []),
      graph.floats([0.25], []),
    ]);
    return graph.node('Mul', [sure, graph.floats([-1, 0, 1], [1, 3])]);
  }, options);
}

/** As many numbers as the largest of the window says, and `least` at least, four bytes each, summed up. */
export function hungryGraph(least = 0): Uint8Array {
  return ownGraph((graph, largest) => {
    const count = graph.node('Reshape', [
      graph.node('Cast', [clipped(graph, largest, least)], { attributes: INT64 }),
      graph.ints([1]),
    ]);
    const filled = graph.node('ConstantOfShape', [count]);
    return graph.node('ReduceSum', [filled], { attributes: NO_AXIS_KEPT });
  });
}

/** The product of `times` square matrices of as many rows as the largest number of the window says, and `least` at least. */
export function slowGraph(times = 400, least = 0): Uint8Array {
  return ownGraph((graph, largest) => {
    const side = graph.node('Reshape', [
      graph.node('Cast', [clipped(graph, largest, least)], { attributes: INT64 }),
      graph.ints([1]),
    ]);
    const square = graph.node('ConstantOfShape', [
      graph.node('Concat', [side, side], { attributes: { axis: { kind: 'int', value: 0 } } }),
    ]);
    let product = square;
    for (let at = 0; at < times; at++) product = graph.node('MatMul', [product, square]);
    return graph.node('ReduceSum', [product], { attributes: NO_AXIS_KEPT });
  });
}

/** Never below `least` and never NaN. */
function clipped(graph: GraphBuilder, value: GraphValue, least: number): GraphValue {
  const isNumber = graph.node('Equal', [value, value]);
  return graph.node('Max', [graph.node('Where', [isNumber, value, graph.doubles([0], [])]), graph.doubles([least], [])]);
}

/** One node more, of any operator, whose answer nobody uses. */
export function withOperator(op: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): Uint8Array {
  return ownGraph((graph, largest) => {
    graph.node(op, [largest], { attributes });
    return undefined;
  });
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface OwnGraph {
  readonly entry: OwnModelEntry;
  readonly graph: Uint8Array;
}

/** As it would lie in the ledger. */
export function letIn(name: string, graph: Uint8Array, version = 1, timeframe: Timeframe = 'M15'): OwnGraph {
  return { entry: { name, version, timeframe, sha256: sha256Of(graph), card: checkOwnModel(graph, '15m') }, graph };
}
