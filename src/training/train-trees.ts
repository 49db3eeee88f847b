import { treeProbabilities } from '../models/tree-ensemble.js';
import { INPUT_COUNT } from '../models/model-inputs.js';
import type { Random } from '../runtime/random.js';
import { type Calibration, fitCalibration } from './calibration.js';
import type { Dataset, Horizon } from './dataset.js';
import type { Judged } from './metrics.js';
import type { Part, Splits } from './splits.js';
import { type BoostedTrees, type BoostingRound, type BoostingRules, boostTrees } from './trees/boosting.js';
import type { ClassedRows } from './trees/bins.js';

/** What a class of a direction stands for, in the order of classes: SELL, HOLD, BUY. */
export const DIRECTIONS = [-1, 0, 1] as const;

export type TreesRules = Omit<BoostingRules, 'classes'>;

export interface TrainedTrees {
  readonly boosted: BoostedTrees;
  /** One per class, from what the trees tell of it to how often it comes true; fitted on the validation part. */
  readonly calibrations: readonly Calibration[];
}

/** From a dataset that is split to trees for the direction of one horizon. The test part is not looked at. */
export function trainTrees(
  dataset: Dataset,
  { train, validation }: Splits,
  horizon: Horizon,
  rules: TreesRules,
  random: Random,
  heard?: (round: BoostingRound) => void,
): TrainedTrees {
  const all = { ...rules, classes: DIRECTIONS.length };
  const held = classedRows(dataset, validation, horizon);
  const boosted = boostTrees(classedRows(dataset, train, horizon), held, all, random, heard);
  return { boosted, calibrations: classCalibrations(judgedTrees(boosted, held)) };
}

export function classedRows(dataset: Dataset, { rows }: Part<'train' | 'validation' | 'test'>, horizon: Horizon): ClassedRows {
  const classes = Uint8Array.from(rows, (row) => dataset.direction(row, horizon) + 1);
  return { inputs: dataset.inputs, columns: INPUT_COUNT, rows, classes };
}

/** What the trees tell of rows, beside what came true. */
export function judgedTrees({ ensemble }: BoostedTrees, { inputs, columns, rows, classes }: ClassedRows): Judged {
  const probabilities = new Float64Array(rows.length * ensemble.classes);
  for (const [at, row] of rows.entries())
    probabilities.set(treeProbabilities(ensemble, inputs, row * columns), at * ensemble.classes);
  return { classes: ensemble.classes, probabilities, truths: classes };
}

function classCalibrations({ classes, probabilities, truths }: Judged): readonly Calibration[] {
  return Array.from({ length: classes }, (_, kind) =>
    fitCalibration(
      Float64Array.from(truths, (_truth, row) => probabilities[row * classes + kind] as number),
      Uint8Array.from(truths, (truth) => (truth === kind ? 1 : 0)),
    ),
  );
}
