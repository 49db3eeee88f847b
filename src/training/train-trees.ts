import { treeProbabilities } from '../models/tree-ensemble.js';
import { INPUT_COUNT } from '../models/model-inputs.js';
import type { Random } from '../runtime/random.js';
import type { Dataset, Horizon } from './dataset.js';
import type { Judged } from './metrics.js';
import type { Part } from './splits.js';
import { type BoostedTrees, Boosting, type BoostingRules, type BoostingState } from './trees/boosting.js';
import type { ClassedRows } from './trees/bins.js';

/** What a class of a direction stands for, in the order of classes: SELL, HOLD, BUY. */
export const DIRECTIONS = [-1, 0, 1] as const;

export type TreesRules = Omit<BoostingRules, 'classes'>;

/** What became of one set of rules: its lowest loss on the validation part, and after how many rounds. */
export interface TriedRules {
  readonly rules: TreesRules;
  readonly rounds: number;
  readonly validationLoss: number;
}

/** The search where it stands, as plain values: with the same rows, candidates and seed it goes on from here. */
export interface TreesSearchState {
  readonly tried: readonly TriedRules[];
  readonly best: BoostedTrees | undefined;
  readonly current: BoostingState;
}

export interface SearchedTrees {
  readonly boosted: BoostedTrees;
  readonly chosen: TriedRules;
  readonly tried: readonly TriedRules[];
}

/**
 * Trees by several sets of rules, one after the other; those with the lowest loss on the validation part are kept. A step is a
 * round. The test part is not looked at.
 */
export class TreesSearch {
  readonly #train: ClassedRows;
  readonly #validation: ClassedRows;
  readonly #candidates: readonly TreesRules[];
  readonly #random: Random;
  readonly #tried: TriedRules[];
  #best: BoostedTrees | undefined;
  #boosting: Boosting | undefined;

  constructor(
    train: ClassedRows,
    validation: ClassedRows,
    candidates: readonly TreesRules[],
    random: Random,
    from: TreesSearchState = { tried: [], best: undefined, current: { trees: [], rounds: [] } },
  ) {
    this.#train = train;
    this.#validation = validation;
    this.#candidates = candidates;
    this.#random = random;
    this.#tried = [...from.tried];
    this.#best = from.best;
    this.#begin(from.current);
  }

  /** Of all rounds that there may be, how many are behind; and the newest loss. */
  get progress(): { readonly done: number; readonly of: number; readonly validationLoss: number } {
    const most = this.#candidates.map(({ roundsMost }) => roundsMost);
    const behind = most.slice(0, this.#tried.length).reduce((sum, rounds) => sum + rounds, 0);
    const newest = this.#boosting?.newest;
    return {
      done: behind + (newest?.round ?? 0),
      of: most.reduce((sum, rounds) => sum + rounds, 0),
      validationLoss: newest?.validationLoss ?? Number.NaN,
    };
  }

  get state(): TreesSearchState {
    return { tried: this.#tried, best: this.#best, current: this.#boosting?.state ?? { trees: [], rounds: [] } };
  }

  /** One more round; false when all candidates were tried. */
  step(): boolean {
    if (this.#boosting === undefined) return false;
    if (!this.#boosting.step()) this.#finish(this.#boosting);
    return this.#boosting !== undefined;
  }

  /** What was found so far: the candidate under way counts with the rounds that it has. */
  result(): SearchedTrees {
    if (this.#boosting?.newest !== undefined) this.#finish(this.#boosting);
    const [first, ...others] = this.#tried;
    if (first === undefined || this.#best === undefined) throw new Error('no round of any candidate has been run');
    const chosen = others.reduce((best, one) => (one.validationLoss < best.validationLoss ? one : best), first);
    return { boosted: this.#best, chosen, tried: this.#tried };
  }

  #begin(from: BoostingState): void {
    const place = this.#tried.length;
    const rules = this.#candidates[place];
    const random = this.#random.fork(`candidate ${place}`);
    this.#boosting = rules && new Boosting(this.#train, this.#validation, { ...rules, classes: DIRECTIONS.length }, random, from);
  }

  #finish(boosting: Boosting): void {
    const boosted = boosting.result();
    const lowest = boosted.rounds.reduce((least, round) => (round.validationLoss < least.validationLoss ? round : least));
    const best = Math.min(...this.#tried.map(({ validationLoss }) => validationLoss));
    if (lowest.validationLoss < best) this.#best = boosted;
    const rules = this.#candidates[this.#tried.length] as TreesRules;
    this.#tried.push({ rules, rounds: lowest.round, validationLoss: lowest.validationLoss });
    this.#begin({ trees: [], rounds: [] });
  }
}

export function classedRows(
  dataset: Dataset,
  { rows }: Pick<Part<'train' | 'validation' | 'test'>, 'rows'>,
  horizon: Horizon,
): ClassedRows {
  const classes = Uint8Array.from(rows, (row) => dataset.direction(row, horizon) + 1);
  return { inputs: dataset.inputs, columns: INPUT_COUNT, rows, classes };
}

/** What the trees tell of rows, beside what came true. */
export function judgedTrees(
  { ensemble }: Pick<BoostedTrees, 'ensemble'>,
  { inputs, columns, rows, classes }: ClassedRows,
): Judged {
  const probabilities = new Float64Array(rows.length * ensemble.classes);
  for (const [at, row] of rows.entries())
    probabilities.set(treeProbabilities(ensemble, inputs, row * columns), at * ensemble.classes);
  return { classes: ensemble.classes, probabilities, truths: classes };
}
