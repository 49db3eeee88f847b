/**
 * An ONNX file as values, and its bytes. Only what our models need of onnx.proto is here; the numbers beside the fields are
 * those of that schema. Tensors are stored raw, in little-endian order. Nothing of the machine or the hour gets into the
 * file, so the same model is the same bytes.
 */
import { assert } from '../../runtime/assert.js';
import { ProtoWriter } from './proto-writer.js';

/** TensorProto.DataType. */
const ELEMENT = { float: 1, int64: 7, bool: 9, double: 11 } as const;
/** AttributeProto.AttributeType. */
const ATTRIBUTE = { float: 1, int: 2, string: 3, floats: 6, ints: 7, strings: 8 } as const;

const IR_VERSION = 8;

export type ElementType = keyof typeof ELEMENT;

/** Values that the graph holds. */
export type OnnxTensor = { readonly name: string; readonly shape: readonly number[] } & (
  | { readonly type: 'float'; readonly data: Float32Array }
  | { readonly type: 'double'; readonly data: Float64Array }
  | { readonly type: 'int64'; readonly data: BigInt64Array }
);

export type OnnxAttribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'floats'; readonly value: ArrayLike<number> }
  | { readonly kind: 'ints'; readonly value: Iterable<number> }
  | { readonly kind: 'strings'; readonly value: readonly string[] };

export interface OnnxNode {
  readonly op: string;
  /** '' is ai.onnx. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** What goes in or comes out: a dimension is its size, or a name where any size will do. */
export interface OnnxPort {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

export interface OnnxModel {
  readonly name: string;
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  /** Version per domain of operators. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export function encodeOnnx({ name, inputs, outputs, nodes, initializers, opsets, metadata }: OnnxModel): Uint8Array {
  const graph = new ProtoWriter();
  for (const node of nodes) graph.message(1, encodeNode(node));
  graph.text(2, name);
  for (const tensor of initializers) graph.message(5, encodeTensor(tensor));
  for (const port of inputs) graph.message(11, encodePort(port));
  for (const port of outputs) graph.message(12, encodePort(port));

  const model = new ProtoWriter().int(1, IR_VERSION).text(2, 'suho').message(7, graph);
  for (const [domain, version] of Object.entries(opsets)) model.message(8, new ProtoWriter().text(1, domain).int(2, version));
  for (const [key, value] of Object.entries(metadata)) model.message(14, new ProtoWriter().text(1, key).text(2, value));
  return model.finish();
}

function encodeNode({ op, domain, inputs, outputs, attributes }: OnnxNode): ProtoWriter {
  const node = new ProtoWriter();
  for (const input of inputs) node.text(1, input);
  for (const output of outputs) node.text(2, output);
  node.text(3, `${op}_${outputs[0] ?? ''}`).text(4, op);
  for (const [name, attribute] of Object.entries(attributes)) node.message(5, encodeAttribute(name, attribute));
  return domain === '' ? node : node.text(7, domain);
}

function encodeAttribute(name: string, { kind, value }: OnnxAttribute): ProtoWriter {
  const attribute = new ProtoWriter().text(1, name);
  if (kind === 'float') attribute.float(2, value);
  else if (kind === 'int') attribute.int(3, value);
  else if (kind === 'string') attribute.text(4, value);
  else if (kind === 'floats') attribute.floats(7, value);
  else if (kind === 'ints') attribute.ints(8, value);
  else for (const one of value) attribute.text(9, one);
  return attribute.int(20, ATTRIBUTE[kind]);
}

function encodeTensor({ name, type, shape, data }: OnnxTensor): ProtoWriter {
  assert(data.length === shape.reduce((a, b) => a * b, 1), `${name} holds as many values as its shape says`);
  return new ProtoWriter().ints(1, shape).int(2, ELEMENT[type]).text(8, name).bytes(9, littleEndian(data));
}

function littleEndian(data: Float32Array | Float64Array | BigInt64Array): Uint8Array {
  const size = data.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(data.length * size);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < data.length; at++) {
    if (data instanceof Float32Array) view.setFloat32(size * at, data[at] as number, true);
    else if (data instanceof Float64Array) view.setFloat64(size * at, data[at] as number, true);
    else view.setBigInt64(size * at, data[at] as bigint, true);
  }
  return bytes;
}

function encodePort({ name, type, shape }: OnnxPort): ProtoWriter {
  const dimensions = new ProtoWriter();
  for (const size of shape) {
    const dimension = new ProtoWriter();
    dimensions.message(1, typeof size === 'number' ? dimension.int(1, size) : dimension.text(2, size));
  }
  const tensor = new ProtoWriter().int(1, ELEMENT[type]).message(2, dimensions);
  return new ProtoWriter().text(1, name).message(2, new ProtoWriter().message(1, tensor));
}
