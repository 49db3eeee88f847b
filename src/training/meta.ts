/**
 * Maps for averages of models. Members are each calibrated by their own map and averaged with equal weights, as an ensemble
 * without any record of its members does (signals/ensemble.ts); the map of a set is fitted on the validation part on top of that.
 */
import type { Calibration } from '../models/calibration.js';
import { sharesTogether } from './told.js';
import { fitSides, judgeSides, type SidedRows, sidedRows, sidePrior } from './sides.js';
import type { Dataset } from './dataset.js';
import type { HeldOut, ModelVerdict, TrainedModel, TrainingSetup } from './trained-model.js';
import { sideVerdict } from './verdicts.js';

type Sides = Pick<SidedRows, 'buys' | 'sells'>;

export interface MetaMember {
  /** As its card names it. */
  readonly name: string;
  readonly sides: NonNullable<TrainedModel['sides']>;
}

export interface FittedSet {
  readonly models: readonly string[];
  readonly calibration: Calibration;
}

/** Every set of two members and more, the whole one first. */
export function setsOf(members: readonly MetaMember[]): readonly (readonly MetaMember[])[] {
  const sets = Array.from({ length: 2 ** members.length }, (_, bits) => members.filter((_member, at) => (bits >> at) & 1));
  return sets.filter(({ length }) => length >= 2).sort((a, b) => b.length - a.length);
}

async function pooledSides(set: readonly MetaMember[], dataset: Dataset, rows: Int32Array): Promise<Sides> {
  const told: Sides[] = [];
  for (const { sides } of set) told.push(await sides(dataset, rows));
  return sharesTogether(told);
}

export async function fitSets(setup: TrainingSetup, members: readonly MetaMember[]): Promise<readonly FittedSet[]> {
  const { dataset, validation, horizon } = setup;
  const fitted: FittedSet[] = [];
  for (const set of setsOf(members)) {
    const sided = sidedRows(dataset, validation.rows, horizon, await pooledSides(set, dataset, validation.rows));
    fitted.push({ models: set.map(({ name }) => name), calibration: fitSides(sided) });
  }
  return fitted;
}

/** What the average of all members is worth; of the smaller sets only how often what was reached. */
export async function judgeSets(
  setup: TrainingSetup,
  members: readonly MetaMember[],
  fitted: readonly FittedSet[],
  { dataset, rows, random }: HeldOut,
): Promise<ModelVerdict> {
  const { horizon, train } = setup;
  const none = new Float64Array(train.rows.length);
  const prior = sidePrior(sidedRows(setup.dataset, train.rows, horizon, { buys: none, sells: none }));
  const verdicts: { readonly models: readonly string[]; readonly verdict: ModelVerdict }[] = [];
  for (const { models, calibration } of fitted) {
    const set = members.filter(({ name }) => models.includes(name));
    const sided = sidedRows(dataset, rows, horizon, await pooledSides(set, dataset, rows));
    const judged = judgeSides(sided, calibration, prior, random.fork(models.join(' ')));
    verdicts.push({ models, verdict: sideVerdict(horizon, judged) });
  }
  const [whole, ...smaller] = verdicts;
  if (whole === undefined) throw new Error('an ensemble has two members at least');
  const sets = smaller.map(({ models, verdict }) => ({ models: [...models], ...verdict.details }));
  return {
    metrics: whole.verdict.metrics,
    details: { ...whole.verdict.details, ...(sets.length === 0 ? {} : { smallerSets: sets }) },
  };
}
