/**
 * Gradient-boosted trees for classes. Each round grows one tree per class along the gradient of the log-loss under a softmax,
 * p − [the class is right]; the hessian is p (1 − p) · K / (K − 1), since the softmax has one class to spare. When the loss on
 * the validation part has not fallen for a while, the rounds since its lowest are thrown away. All chance is the seeded
 * stream's, forked by round, and all sums run in a fixed order: the same seed gives the same trees, bit for bit, and a boosting
 * that was stopped goes on from its trees alone as if it had not been.
 */
import { assert } from '../../runtime/assert.js';
import type { Random } from '../../runtime/random.js';
import type { TreeEnsemble } from '../../models/tree-ensemble.js';
import { type BinnedRows, binEdges, binRows, type ClassedRows } from './bins.js';
import { addTree, type GrownTree, type GrowthRules, TreeGrower } from './tree-grower.js';

export interface BoostingRules extends GrowthRules {
  readonly classes: number;
  readonly roundsMost: number;
  /** Share of the rows, and of the columns, that a round and a tree look at. */
  readonly rowShare: number;
  readonly columnShare: number;
  /** Rounds without a new lowest loss on the validation part before it ends. */
  readonly patience: number;
}

export interface BoostingRound {
  readonly round: number;
  readonly trainLoss: number;
  /** NaN without a validation part. */
  readonly validationLoss: number;
}

export interface BoostedTrees {
  readonly ensemble: TreeEnsemble;
  readonly rounds: readonly BoostingRound[];
  /** Share of each column in what all splits of the kept trees brought. */
  readonly importances: Float64Array;
}

/** All that a boosting needs to go on where another stopped, with the same rows, rules and seed. */
export interface BoostingState {
  readonly trees: readonly GrownTree[];
  readonly rounds: readonly BoostingRound[];
}

const LEAST_SHARE = 1e-12;

/** Rows in bins with what the trees so far say of each, class by class. */
class Scored {
  readonly binned: BinnedRows;
  readonly scores: readonly Float64Array[];
  readonly shares: readonly Float64Array[];

  constructor(
    binned: BinnedRows,
    readonly classes: Uint8Array,
    base: Float32Array,
  ) {
    this.binned = binned;
    this.scores = Array.from(base, (score) => new Float64Array(binned.rows).fill(score));
    this.shares = Array.from(base, () => new Float64Array(binned.rows));
    this.update();
  }

  /** Shares from scores; the mean log-loss. */
  update(): number {
    const kinds = this.scores.length;
    let loss = 0;
    for (let row = 0; row < this.binned.rows; row++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let kind = 0; kind < kinds; kind++) most = Math.max(most, this.scores[kind]?.[row] as number);
      let sum = 0;
      for (let kind = 0; kind < kinds; kind++) {
        const share = Math.exp((this.scores[kind]?.[row] as number) - most);
        (this.shares[kind] as Float64Array)[row] = share;
        sum += share;
      }
      for (let kind = 0; kind < kinds; kind++) {
        const shares = this.shares[kind] as Float64Array;
        shares[row] = (shares[row] as number) / sum;
      }
      loss -= Math.log(Math.max(LEAST_SHARE, this.shares[this.classes[row] as number]?.[row] as number));
    }
    return loss / this.binned.rows;
  }
}

export class Boosting {
  readonly #rules: BoostingRules;
  readonly #random: Random;
  readonly #train: Scored;
  readonly #validation: Scored | undefined;
  readonly #base: Float32Array;
  readonly #grower: TreeGrower;
  readonly #trees: GrownTree[] = [];
  readonly #rounds: BoostingRound[] = [];
  #best = { rounds: 0, loss: Number.POSITIVE_INFINITY };

  constructor(
    train: ClassedRows,
    validation: ClassedRows | undefined,
    rules: BoostingRules,
    random: Random,
    from: BoostingState = { trees: [], rounds: [] },
  ) {
    assert(train.rows.length > 0, 'there is something to learn from');
    this.#rules = rules;
    this.#random = random;
    const edges = binEdges(train);
    const binned = binRows(train, edges);
    this.#base = logShares(train.classes, rules.classes);
    this.#train = new Scored(binned, train.classes, this.#base);
    this.#validation = validation && new Scored(binRows(validation, edges), validation.classes, this.#base);
    this.#grower = new TreeGrower(binned, edges, rules);
    for (const [place, grown] of from.trees.entries()) this.#take(grown, place % rules.classes);
    for (const round of from.rounds) this.#note(round);
    this.#train.update();
  }

  /** One more round; false when it is over. */
  step(): boolean {
    const { roundsMost, patience } = this.#rules;
    const round = this.#rounds.length + 1;
    if (round > roundsMost || round > this.#best.rounds + patience) return false;
    this.#growRound(this.#random.fork(`round ${round}`));
    const trainLoss = this.#train.update();
    const validationLoss = this.#validation?.update() ?? Number.NaN;
    this.#note({ round, trainLoss, validationLoss });
    return true;
  }

  #note(round: BoostingRound): void {
    this.#rounds.push(round);
    const loss = this.#validation === undefined ? round.trainLoss : round.validationLoss;
    if (loss < this.#best.loss) this.#best = { rounds: round.round, loss };
  }

  get state(): BoostingState {
    return { trees: this.#trees, rounds: this.#rounds };
  }

  get newest(): BoostingRound | undefined {
    return this.#rounds.at(-1);
  }

  /** With the rounds up to the lowest loss on the validation part. */
  result(): BoostedTrees {
    const kept = this.#trees.slice(0, this.#best.rounds * this.#rules.classes);
    const { columns } = this.#train.binned;
    return {
      ensemble: { classes: this.#rules.classes, columns, base: this.#base, trees: kept.map(({ tree }) => tree) },
      rounds: this.#rounds,
      importances: importances(kept, columns),
    };
  }

  #growRound(random: Random): void {
    const rows = this.#sampledRows(random);
    const { classes, shares, binned } = this.#train;
    const gradients = new Float64Array(binned.rows);
    const hessians = new Float64Array(binned.rows);
    const factor = this.#rules.classes / (this.#rules.classes - 1);
    for (let kind = 0; kind < this.#rules.classes; kind++) {
      const own = shares[kind] as Float64Array;
      for (let row = 0; row < binned.rows; row++) {
        const share = own[row] as number;
        gradients[row] = share - (classes[row] === kind ? 1 : 0);
        hessians[row] = factor * share * (1 - share);
      }
      this.#take(this.#grower.grow(rows, this.#sampledColumns(random), gradients, hessians), kind);
    }
  }

  #take(grown: GrownTree, kind: number): void {
    this.#trees.push(grown);
    for (const part of [this.#train, this.#validation])
      if (part !== undefined) addTree(grown, part.binned, part.scores[kind] as Float64Array);
  }

  #sampledRows(random: Random): Int32Array {
    const rows = Int32Array.from({ length: this.#train.binned.rows }, (_, row) => row);
    const { rowShare } = this.#rules;
    return rowShare >= 1 ? rows : rows.filter(() => random.chance(rowShare));
  }

  /** As many as the share says, in their order. */
  #sampledColumns(random: Random): Int32Array {
    const columns = Int32Array.from({ length: this.#train.binned.columns }, (_, column) => column);
    const kept = Math.max(1, Math.round(this.#rules.columnShare * columns.length));
    for (let at = 0; at < kept && kept < columns.length; at++) {
      const other = at + random.int(columns.length - at);
      [columns[at], columns[other]] = [columns[other] as number, columns[at] as number];
    }
    return columns.slice(0, kept).sort();
  }
}

/** Runs all rounds; `heard` is told of each. */
export function boostTrees(
  train: ClassedRows,
  validation: ClassedRows | undefined,
  rules: BoostingRules,
  random: Random,
  heard: (round: BoostingRound) => void = () => {},
): BoostedTrees {
  const boosting = new Boosting(train, validation, rules, random);
  while (boosting.step()) heard(boosting.newest as BoostingRound);
  return boosting.result();
}

/** Logarithms of how often each class is right, each counted once more than it is. */
function logShares(classes: Uint8Array, kinds: number): Float32Array {
  const counts = new Float64Array(kinds).fill(1);
  for (const kind of classes) {
    assert(kind < kinds, `a class is below ${kinds}`);
    counts[kind] = (counts[kind] as number) + 1;
  }
  return Float32Array.from(counts, (count) => Math.log(count / (classes.length + kinds)));
}

function importances(trees: readonly GrownTree[], columns: number): Float64Array {
  const gains = new Float64Array(columns);
  for (const { tree, gains: own } of trees)
    for (const [node, column] of tree.inputs.entries())
      if (column >= 0) gains[column] = (gains[column] as number) + (own[node] as number);
  const sum = gains.reduce((all, gain) => all + gain, 0);
  return sum === 0 ? gains : gains.map((gain) => gain / sum);
}
