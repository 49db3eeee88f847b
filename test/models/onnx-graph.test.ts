import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SuhoError } from '../../src/errors.js';
import { LIMITS } from '../../src/limits.js';
import { readOnnxGraph } from '../../src/models/onnx-graph.js';
import { CATALOGUE_METADATA } from '../../src/models/model-metadata.js';
import { GraphBuilder } from '../../src/training/onnx/graph-builder.js';
import { encodeOnnx } from '../../src/training/onnx/onnx-model.js';
import { ProtoWriter } from '../../src/training/onnx/proto-writer.js';
import { honestGraph, WIDTH } from '../support/own-graphs.js';
import { proofCount } from '../support/price-paths.js';
import { catalogueNetModel, cnnModel, lstmModel, treesModel } from '../support/small-models.js';

/** Reads it, or answers the reason; anything but the coded error is thrown on. */
function reasonOf(bytes: Uint8Array): string | undefined {
  try {
    readOnnxGraph(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof SuhoError) || error.code !== 'INPUT_INVALID') throw error;
    return error.message;
  }
}

const message = (): ProtoWriter => new ProtoWriter();
/** A model of a graph that `fill` writes the fields of. */
function modelOf(
  fill: (graph: ProtoWriter) => ProtoWriter,
  more: (model: ProtoWriter) => ProtoWriter = (model) => model,
): Uint8Array {
  return more(message().int(1, 8).message(7, fill(message()))).finish();
}
const node = (op: string, domain = ''): ProtoWriter => message().text(2, 'out').text(4, op).text(7, domain);
const held = (fill: (tensor: ProtoWriter) => ProtoWriter): Uint8Array =>
  modelOf((graph) => graph.message(5, fill(message().text(8, 'held'))));

describe('an ONNX file', () => {
  it('is read as it was written: ports, operators, opsets, tensors and metadata', () => {
    const graph = new GraphBuilder();
    const vectors = graph.input({ name: 'vectors', type: 'double', shape: ['batch', 50, 176] });
    const sums = graph.node('ReduceSum', [vectors, graph.ints([1, 2])]);
    graph.output(graph.node('Add', [sums, graph.doubles([1, 2, 3])]), { name: 'out', type: 'double', shape: ['batch', 3] });
    assert.deepEqual(readOnnxGraph(encodeOnnx(graph.build('read', { said: 'true', of: 'two words' }))), {
      bytes: encodeOnnx(graph.build('read', { said: 'true', of: 'two words' })).length,
      opsets: { '': 17, 'ai.onnx.ml': 3 },
      nodes: 3,
      operators: ['Add', 'Identity', 'ReduceSum'],
      initializerBytes: 2 * 8 + 3 * 8,
      inputs: [{ name: 'vectors', type: 'float64', shape: [undefined, 50, 176] }],
      outputs: [{ name: 'out', type: 'float64', shape: [undefined, 3] }],
      metadata: { said: 'true', of: 'two words' },
    });
  });

  it('of each kind of model that is made here is let in', () => {
    for (const { bytes } of [catalogueNetModel(), lstmModel(), cnnModel(), treesModel()])
      assert.equal(reasonOf(bytes), undefined);
    assert.ok(readOnnxGraph(treesModel().bytes).operators.includes('ai.onnx.ml.TreeEnsembleClassifier'));
  });

  it('is refused with the reason for what could run away, read a file, or differ from run to run', () => {
    for (const op of ['If', 'Loop', 'Scan', 'SequenceMap', 'RandomNormal', 'Multinomial', 'StringNormalizer', 'Nonsense', ''])
      assert.match(reasonOf(modelOf((graph) => graph.message(1, node(op)))) ?? '', new RegExp(`uses the operator "${op}"`));
    assert.match(reasonOf(modelOf((graph) => graph.message(1, node('Add', 'com.microsoft')))) ?? '', /com\.microsoft\.Add/);
    assert.match(reasonOf(modelOf((graph) => graph.message(1, node('constructor', '__proto__')))) ?? '', /__proto__/);
    const opset = (domain: string, version: number): Uint8Array =>
      modelOf(
        (graph) => graph,
        (model) => model.message(8, message().text(1, domain).int(2, version)),
      );
    assert.match(reasonOf(opset('com.microsoft', 1)) ?? '', /needs operators of "com\.microsoft"/);
    assert.match(reasonOf(opset('', 999)) ?? '', /a newer ai\.onnx/);
    const attribute = (field: number): Uint8Array =>
      modelOf((graph) => graph.message(1, node('Add').message(5, message().text(1, 'body').message(field, message()))));
    assert.match(reasonOf(attribute(6)) ?? '', /an attribute has a field 6/);
    assert.match(reasonOf(attribute(11)) ?? '', /an attribute has a field 11/);
    const functions = modelOf(
      (graph) => graph,
      (model) => model.message(25, message()),
    );
    assert.match(reasonOf(functions) ?? '', /the model has a field 25/);
    assert.match(reasonOf(held((tensor) => tensor.int(2, 1).message(13, message()))) ?? '', /a tensor has a field 13/);
    assert.match(reasonOf(held((tensor) => tensor.int(14, 1))) ?? '', /another file/);
  });

  it('is refused for tensors that are larger than a file may be, or other than their shape', () => {
    const most = LIMITS.ownModels.graphBytes;
    assert.match(reasonOf(held((tensor) => tensor.ints(1, [most, 2 ** 31, 2 ** 31]).int(2, 1))) ?? '', /more than \d+ bytes/);
    assert.match(reasonOf(held((tensor) => tensor.ints(1, [-4n]).int(2, 1))) ?? '', /below 0/);
    assert.match(
      reasonOf(held((tensor) => tensor.ints(1, [4]).int(2, 1).bytes(9, new Uint8Array(15)))) ?? '',
      /15 bytes, not 16/,
    );
    assert.match(reasonOf(held((tensor) => tensor.ints(1, new Array(9).fill(1)).int(2, 1))) ?? '', /dimensions/);
    assert.match(reasonOf(held((tensor) => tensor.int(2, 8))) ?? '', /a tensor is of type 8/);
    const twice = (size: number): Uint8Array =>
      modelOf((graph) => {
        for (const name of ['a', 'b']) graph.message(5, message().ints(1, [size]).int(2, 3).text(8, name));
        return graph;
      });
    assert.equal(reasonOf(twice(most / 2)), undefined);
    assert.match(reasonOf(twice(most / 2 + 1)) ?? '', /its tensors have more than/);
  });

  it('is refused for its size, its nodes and its fields before more of it is read', () => {
    const { graphBytes: bytes, graphNodes: nodes, graphFields: fields } = LIMITS.ownModels;
    assert.match(reasonOf(new Uint8Array(bytes + 1)) ?? '', /bytes, more than/);
    const many = (count: number): Uint8Array => {
      const one = node('Identity').finish();
      return modelOf((graph) => {
        for (let at = 0; at < count; at++) graph.bytes(1, one);
        return graph;
      });
    };
    assert.equal(reasonOf(many(nodes)), undefined);
    assert.match(reasonOf(many(nodes + 1)) ?? '', new RegExp(`more than ${nodes} nodes`));
    const short = new ProtoWriter();
    for (let at = 0; at <= fields; at++) short.int(1, 8);
    assert.match(reasonOf(short.finish()) ?? '', /more fields than are read/);
  });

  it('of two graphs, two types of a port or two words of one key is refused: another reader might take the other', () => {
    assert.match(reasonOf(message().message(7, message()).message(7, message()).finish()) ?? '', /no graph, or several/);
    assert.match(reasonOf(message().int(1, 8).finish()) ?? '', /no graph, or several/);
    const type = message().message(1, message().int(1, 1));
    const port = modelOf((graph) => graph.message(11, message().text(1, 'in').message(2, type).message(2, type)));
    assert.match(reasonOf(port) ?? '', /tells the type of "in" twice/);
    const property = message().text(1, 'key').text(2, 'value');
    const said = modelOf(
      (graph) => graph,
      (model) => model.message(14, property).message(14, property),
    );
    assert.match(reasonOf(said) ?? '', /tells "key" twice/);
  });

  it('that is cut anywhere is refused, or is a whole file of fewer fields; never anything else', () => {
    const whole = honestGraph();
    let refused = 0;
    for (let length = 0; length < whole.length; length++) if (reasonOf(whole.subarray(0, length)) !== undefined) refused += 1;
    assert.ok(refused > whole.length / 2, `only ${refused} of ${whole.length} were refused`);
    assert.equal(reasonOf(whole), undefined);
  });

  it('of any bytes at all is read or refused by the coded error, in time that grows with its length', () => {
    const runs = { numRuns: proofCount(20_000) };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4_096 }), (bytes) => {
        reasonOf(bytes);
      }),
      runs,
    );
    const whole = honestGraph({ metadata: CATALOGUE_METADATA });
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = Uint8Array.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        reasonOf(bytes);
      }),
      runs,
    );
    // The worst that a file of the largest size can ask: nothing but the shortest fields, or one endless number.
    const before = performance.now();
    assert.ok(reasonOf(new Uint8Array(LIMITS.ownModels.graphBytes).fill(8)) !== undefined);
    assert.ok(reasonOf(new Uint8Array(LIMITS.ownModels.graphBytes).fill(255)) !== undefined);
    assert.ok(performance.now() - before < 5_000);
    assert.equal(WIDTH, 176);
  });
});
