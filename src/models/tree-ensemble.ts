/** Decision trees over the inputs of a model, one per class and round; their sums are log odds, the softmax is the answer. */

/** Nodes by number, the root first. */
export interface Tree {
  /** The input that a node looks at; −1 is a leaf. */
  readonly inputs: Int32Array;
  /** An input of at most this goes left. */
  readonly thresholds: Float32Array;
  readonly lefts: Int32Array;
  readonly rights: Int32Array;
  /** 1 where an input without a value goes left. */
  readonly missingLeft: Uint8Array;
  /** What a leaf adds to its class. */
  readonly values: Float32Array;
}

export interface TreeEnsemble {
  readonly classes: number;
  /** Inputs of a row. */
  readonly columns: number;
  /** Log odds before any tree, one per class. */
  readonly base: Float32Array;
  /** Round by round, in each one tree per class. */
  readonly trees: readonly Tree[];
}

function leafValue({ inputs, thresholds, lefts, rights, missingLeft, values }: Tree, row: Float32Array, at: number): number {
  let node = 0;
  for (let input = inputs[node] as number; input >= 0; input = inputs[node] as number) {
    const value = row[at + input] as number;
    const left = Number.isNaN(value) ? missingLeft[node] === 1 : value <= (thresholds[node] as number);
    node = (left ? lefts : rights)[node] as number;
  }
  return values[node] as number;
}

/** Log odds become probabilities, in place. */
export function softmax(scores: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (const score of scores) most = Math.max(most, score);
  let sum = 0;
  for (let at = 0; at < scores.length; at++) {
    const share = Math.exp((scores[at] as number) - most);
    scores[at] = share;
    sum += share;
  }
  for (let at = 0; at < scores.length; at++) scores[at] = (scores[at] as number) / sum;
}

/** Of the row whose inputs begin at `at`. */
export function treeProbabilities({ classes, base, trees }: TreeEnsemble, inputs: Float32Array, at = 0): Float64Array {
  const scores = Float64Array.from(base);
  for (const [place, tree] of trees.entries()) {
    const kind = place % classes;
    scores[kind] = (scores[kind] as number) + leafValue(tree, inputs, at);
  }
  softmax(scores);
  return scores;
}
