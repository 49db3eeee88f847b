/**
 * Grows one tree at a time on rows in bins, best leaf first. Each node's rows lie side by side in one list, so splitting a
 * node parts its stretch of the list in two, each in the order of rows. Of two children only the smaller one's histogram is
 * summed up; the other's is what then is left of their parent's. Buffers are made once and used for every tree.
 */
import { assert } from '../../runtime/assert.js';
import type { Tree } from '../../models/tree-ensemble.js';
import { BIN_PLACES, type BinEdges, type BinnedRows } from './bins.js';
import { bestSplit, type NodeSums, type Split, type SplitRules } from './best-split.js';
import { fillHistogram, type Histogram, subtractHistogram } from './histogram.js';

/** The threshold behind the last edge: whatever has a value is at most this. */
const FLOAT_MOST = 3.402_823_466_385_288_6e38;

export interface GrowthRules extends SplitRules {
  readonly depthMost: number;
  readonly leavesMost: number;
  /** Share of the best step that a leaf takes. */
  readonly rate: number;
}

export interface GrownTree {
  readonly tree: Tree;
  /** Per node: bins up to this go left. */
  readonly splitBins: Uint8Array;
  /** Per node: what its split brought; 0 for a leaf. */
  readonly gains: Float64Array;
}

interface Leaf extends NodeSums {
  readonly node: number;
  readonly depth: number;
  readonly from: number;
  readonly to: number;
  /** None where it can be split no further. */
  readonly histogram: Histogram | undefined;
  readonly split: Split | undefined;
}

/** The nodes of a tree while it grows. */
class GrowingNodes {
  readonly inputs: number[] = [];
  readonly thresholds: number[] = [];
  readonly lefts: number[] = [];
  readonly rights: number[] = [];
  readonly missingLeft: number[] = [];
  readonly values: number[] = [];
  readonly splitBins: number[] = [];
  readonly gains: number[] = [];

  add(value: number): number {
    this.inputs.push(-1);
    for (const list of [this.thresholds, this.lefts, this.rights, this.missingLeft, this.splitBins, this.gains]) list.push(0);
    return this.values.push(value) - 1;
  }

  split(node: number, { column, bin, missingLeft, gain }: Split, threshold: number, children: readonly [number, number]): void {
    this.inputs[node] = column;
    this.thresholds[node] = threshold;
    this.missingLeft[node] = missingLeft ? 1 : 0;
    this.splitBins[node] = bin;
    this.gains[node] = gain;
    this.values[node] = 0;
    [this.lefts[node], this.rights[node]] = children;
  }

  finish(): GrownTree {
    return {
      tree: {
        inputs: Int32Array.from(this.inputs),
        thresholds: Float32Array.from(this.thresholds),
        lefts: Int32Array.from(this.lefts),
        rights: Int32Array.from(this.rights),
        missingLeft: Uint8Array.from(this.missingLeft),
        values: Float32Array.from(this.values),
      },
      splitBins: Uint8Array.from(this.splitBins),
      gains: Float64Array.from(this.gains),
    };
  }
}

export class TreeGrower {
  readonly #order: Int32Array;
  readonly #aside: Int32Array;
  readonly #gradients: Float64Array;
  readonly #hessians: Float64Array;
  readonly #spare: Histogram[] = [];

  constructor(
    readonly binned: BinnedRows,
    readonly edges: readonly BinEdges[],
    readonly rules: GrowthRules,
  ) {
    assert(rules.leavesMost >= 2 && rules.depthMost >= 1, 'a tree may be split once');
    assert(rules.childWeightLeast > 0 && rules.gainLeast >= 0, 'a split leaves rows on both sides, and brings something');
    this.#order = new Int32Array(binned.rows);
    this.#aside = new Int32Array(binned.rows);
    this.#gradients = new Float64Array(binned.rows);
    this.#hessians = new Float64Array(binned.rows);
  }

  /** Of the sampled rows and columns, with a gradient and a hessian for every row. */
  grow(rows: Int32Array, columns: Int32Array, gradients: Float64Array, hessians: Float64Array): GrownTree {
    this.#order.set(rows);
    const nodes = new GrowingNodes();
    const sums = { gradient: 0, hessian: 0 };
    for (const row of rows) {
      sums.gradient += gradients[row] as number;
      sums.hessian += hessians[row] as number;
    }
    const growth = { nodes, columns, gradients, hessians };
    const root = { ...sums, node: nodes.add(this.#value(sums)), depth: 0, from: 0, to: rows.length };
    const leaves = [this.#leaf(root, this.#summed(root, growth), columns)];
    while (leaves.length < this.rules.leavesMost) {
      const at = bestOf(leaves);
      if (at === undefined) break;
      const [leaf] = leaves.splice(at, 1);
      leaves.push(...this.#split(leaf as Leaf, growth));
    }
    for (const { histogram } of leaves) if (histogram !== undefined) this.#spare.push(histogram);
    return nodes.finish();
  }

  #value({ gradient, hessian }: NodeSums): number {
    return (-this.rules.rate * gradient) / (hessian + this.rules.l2);
  }

  #leaf(place: Place, histogram: Histogram | undefined, columns: Int32Array): Leaf {
    const split = histogram && bestSplit(histogram, columns, this.edges, place, this.rules);
    return { ...place, histogram, split };
  }

  #summed({ depth, from, to }: Place, { columns, gradients, hessians }: Growth): Histogram | undefined {
    if (depth >= this.rules.depthMost) return undefined;
    for (let at = from; at < to; at++) {
      const row = this.#order[at] as number;
      this.#gradients[at - from] = gradients[row] as number;
      this.#hessians[at - from] = hessians[row] as number;
    }
    const histogram = this.#spare.pop() ?? new Float64Array(2 * BIN_PLACES * this.binned.columns);
    const node = { order: this.#order, from, to, gradients: this.#gradients, hessians: this.#hessians };
    fillHistogram(histogram, this.binned, columns, node);
    return histogram;
  }

  #split(leaf: Leaf, growth: Growth): readonly [Leaf, Leaf] {
    const { node, depth, from, to, split } = leaf;
    assert(split !== undefined && leaf.histogram !== undefined, 'a leaf without a split stays one');
    const middle = this.#part(from, to, split);
    const own = this.#sums(from, middle, growth);
    const other = { gradient: leaf.gradient - own.gradient, hessian: leaf.hessian - own.hessian };
    const left: Place = { ...own, node: growth.nodes.add(this.#value(own)), depth: depth + 1, from, to: middle };
    const right: Place = { ...other, node: growth.nodes.add(this.#value(other)), depth: depth + 1, from: middle, to };
    const threshold = (this.edges[split.column] as BinEdges)[split.bin - 1] ?? FLOAT_MOST;
    growth.nodes.split(node, split, threshold, [left.node, right.node]);
    const leftIsSmaller = middle - from <= to - middle;
    const small = this.#summed(leftIsSmaller ? left : right, growth);
    if (small === undefined) {
      this.#spare.push(leaf.histogram);
      return [this.#leaf(left, undefined, growth.columns), this.#leaf(right, undefined, growth.columns)];
    }
    subtractHistogram(leaf.histogram, small, growth.columns);
    const [leftHistogram, rightHistogram] = leftIsSmaller ? [small, leaf.histogram] : [leaf.histogram, small];
    return [this.#leaf(left, leftHistogram, growth.columns), this.#leaf(right, rightHistogram, growth.columns)];
  }

  #sums(from: number, to: number, { gradients, hessians }: Growth): NodeSums {
    let [gradient, hessian] = [0, 0];
    for (let at = from; at < to; at++) {
      const row = this.#order[at] as number;
      gradient += gradients[row] as number;
      hessian += hessians[row] as number;
    }
    return { gradient, hessian };
  }

  /** Rows that go left first, each side in its order; where the right begins. */
  #part(from: number, to: number, { column, bin, missingLeft }: Split): number {
    const { bins, rows } = this.binned;
    const order = this.#order;
    let [left, aside] = [from, 0];
    for (let at = from; at < to; at++) {
      const row = order[at] as number;
      const own = bins[column * rows + row] as number;
      if (own === 0 ? missingLeft : own <= bin) order[left++] = row;
      else this.#aside[aside++] = row;
    }
    order.set(this.#aside.subarray(0, aside), left);
    return left;
  }
}

type Place = Omit<Leaf, 'histogram' | 'split'>;

interface Growth {
  readonly nodes: GrowingNodes;
  readonly columns: Int32Array;
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
}

/** The leaf whose split brings most; of equals the one that has waited longest. */
function bestOf(leaves: readonly Leaf[]): number | undefined {
  let best: number | undefined;
  let most = 0;
  for (const [at, { split }] of leaves.entries()) {
    if (split === undefined || split.gain <= most) continue;
    best = at;
    most = split.gain;
  }
  return best;
}

/** Adds what the tree says of every row to the row's score. */
export function addTree({ tree, splitBins }: GrownTree, { bins, rows }: BinnedRows, scores: Float64Array): void {
  const { inputs, lefts, rights, missingLeft, values } = tree;
  for (let row = 0; row < rows; row++) {
    let node = 0;
    for (let input = inputs[node] as number; input >= 0; input = inputs[node] as number) {
      const bin = bins[input * rows + row] as number;
      const left = bin === 0 ? missingLeft[node] === 1 : bin <= (splitBins[node] as number);
      node = (left ? lefts : rights)[node] as number;
    }
    scores[row] = (scores[row] as number) + (values[node] as number);
  }
}
