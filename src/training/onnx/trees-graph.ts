import type { InputScale } from '../../models/input-scale.js';
import { CATALOGUE_METADATA } from '../../models/model-metadata.js';
import type { Tree, TreeEnsemble } from '../../models/tree-ensemble.js';
import { assert } from '../../runtime/assert.js';
import { GraphBuilder, type GraphValue } from './graph-builder.js';
import { distanceOfInputs, modelInputs, vectorsInput } from './inputs-graph.js';
import type { OnnxAttribute, OnnxModel } from './onnx-model.js';

export interface TreesModelOptions {
  readonly name: string;
  /** What the classes stand for, in their order: −1, 0, 1 for SELL, HOLD, BUY. */
  readonly labels: readonly number[];
  /** Fitted on what the trees were: by it a row's distance from that is told. */
  readonly scale: InputScale;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Vectors of the catalogue that the file names in; the likeliest label, the probabilities of all, and the row's distance out. */
export function treesModel(ensemble: TreeEnsemble, { name, labels, scale, metadata }: TreesModelOptions): OnnxModel {
  const graph = new GraphBuilder();
  const inputs = modelInputs(graph, vectorsInput(graph));
  const [label, probabilities] = classifyByTrees(graph, inputs, ensemble, labels);
  graph.output(label, { name: 'label', type: 'int64', shape: ['batch'] });
  graph.output(probabilities, { name: 'probabilities', type: 'float', shape: ['batch', ensemble.classes] });
  graph.output(distanceOfInputs(graph, inputs, scale), { name: 'distance', type: 'float', shape: ['batch'] });
  return graph.build(name, { ...CATALOGUE_METADATA, ...metadata });
}

/** The trees as one node, over inputs of `[batch, columns]`. */
export function classifyByTrees(
  graph: GraphBuilder,
  inputs: GraphValue,
  { classes, base, trees }: TreeEnsemble,
  labels: readonly number[],
): readonly [label: GraphValue, probabilities: GraphValue] {
  assert(labels.length === classes, 'every class has its label');
  assert(classes > 2, 'two classes are told otherwise by the operator');
  assert(trees.length > 0, 'an ensemble has a tree');
  const [label, probabilities] = graph.nodeOf('TreeEnsembleClassifier', [inputs], 2, {
    domain: 'ai.onnx.ml',
    attributes: {
      ...nodeAttributes(trees),
      ...leafAttributes(trees, classes),
      base_values: { kind: 'floats', value: base },
      classlabels_int64s: { kind: 'ints', value: labels },
      post_transform: { kind: 'string', value: 'SOFTMAX' },
    },
  });
  return [label as GraphValue, probabilities as GraphValue];
}

type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** One list per property of a node, all trees one after the other. */
function nodeAttributes(trees: readonly Tree[]): Attributes {
  const listed = (list: (tree: Tree, place: number) => ArrayLike<number>): number[] =>
    trees.flatMap((tree, place) => Array.from(list(tree, place)));
  const modes = trees.flatMap(({ inputs }) => Array.from(inputs, (input) => (input < 0 ? 'LEAF' : 'BRANCH_LEQ')));
  return {
    nodes_treeids: { kind: 'ints', value: listed(({ inputs }, place) => Array.from(inputs, () => place)) },
    nodes_nodeids: { kind: 'ints', value: listed(({ inputs }) => Array.from(inputs, (_, node) => node)) },
    nodes_featureids: { kind: 'ints', value: listed(({ inputs }) => inputs.map((input) => Math.max(0, input))) },
    nodes_values: { kind: 'floats', value: listed(({ thresholds }) => thresholds) },
    nodes_modes: { kind: 'strings', value: modes },
    nodes_truenodeids: { kind: 'ints', value: listed(({ lefts }) => lefts) },
    nodes_falsenodeids: { kind: 'ints', value: listed(({ rights }) => rights) },
    nodes_missing_value_tracks_true: { kind: 'ints', value: listed(({ missingLeft }) => missingLeft) },
  };
}

function leafAttributes(trees: readonly Tree[], classes: number): Attributes {
  const leaves = trees.flatMap(({ inputs, values }, place) =>
    Array.from(inputs).flatMap((input, node) => (input < 0 ? [{ place, node, value: values[node] as number }] : [])),
  );
  return {
    class_treeids: { kind: 'ints', value: leaves.map(({ place }) => place) },
    class_nodeids: { kind: 'ints', value: leaves.map(({ node }) => node) },
    class_ids: { kind: 'ints', value: leaves.map(({ place }) => place % classes) },
    class_weights: { kind: 'floats', value: leaves.map(({ value }) => value) },
  };
}
