import type { Calibration } from '../models/calibration.js';
import { inputDistance, type InputScale, SCALED_COUNT, writeScaledInputs } from '../models/input-scale.js';
import { CATALOGUE_STAMP } from '../features/catalogue-version.js';
import { COLUMNS } from '../indicators/registry.js';
import { INPUT_COUNT, INPUT_NAMES } from '../models/model-inputs.js';
import type { Dataset } from './dataset.js';
import { fitScale } from './fit-scale.js';
import { judge } from './judgement.js';
import { encodeOnnx } from './onnx/onnx-model.js';
import { treesModel } from './onnx/trees-graph.js';
import { fitSides, judgeSides, type SidedRows, sharesOfSides, sidedRows, sidePrior } from './sides.js';
import {
  classedRows,
  DIRECTIONS,
  judgedTrees,
  type SearchedTrees,
  type TreesRules,
  TreesSearch,
  type TreesSearchState,
} from './train-trees.js';
import type { HeldOut, ModelTraining, ModelVerdict, Pulse, TrainedModel, TrainingSetup } from './trained-model.js';
import { calibratedSides, outlierMost } from './told.js';
import { directionVerdict, sideVerdict, told } from './verdicts.js';

export interface FittedTrees extends SearchedTrees {
  readonly scale: InputScale;
  readonly calibration: Calibration;
  readonly outlierMost: number;
}

/** Importances below are not told. */
const IMPORTANCE_LEAST = 0.001;

/** A leaf stands for some thousandths of the rows at least, so that what a few rows did is no rule: a row weighs about a third. */
function candidatesOf({ effort, train }: TrainingSetup): readonly TreesRules[] {
  const childWeightLeast = Math.max(1, train.rows.length / 1_000);
  const rules: TreesRules = {
    roundsMost: 250,
    patience: 25,
    rate: 0.05,
    l2: 20,
    gainLeast: 0,
    rowShare: 0.5,
    columnShare: 0.5,
    depthMost: 4,
    leavesMost: 12,
    childWeightLeast,
  };
  if (effort === 'quick') return [{ ...rules, roundsMost: 20, patience: 20, rate: 0.1 }];
  return [
    rules,
    { ...rules, depthMost: 2, leavesMost: 4, rate: 0.08 },
    { ...rules, depthMost: 6, leavesMost: 31, childWeightLeast: 2 * childWeightLeast },
    { ...rules, columnShare: 0.2, rate: 0.03, l2: 60, childWeightLeast: 4 * childWeightLeast },
  ];
}

export const TREES_TRAINING: ModelTraining<FittedTrees> = { fit, trained };

async function fit(setup: TrainingSetup, from: unknown, pulse: Pulse): Promise<FittedTrees> {
  const { dataset, train, validation, horizon, random } = setup;
  const [learned, held] = [classedRows(dataset, train, horizon), classedRows(dataset, validation, horizon)];
  const search = new TreesSearch(learned, held, candidatesOf(setup), random, from as TreesSearchState | undefined);
  while (search.step()) if (!pulse(search.progress, () => search.state)) break;
  const searched = search.result();
  const scale = fitScale(dataset, train);
  const sided = sidedRows(dataset, validation.rows, horizon, sharesOfTrees(searched, dataset, validation.rows, setup));
  return {
    ...searched,
    scale,
    calibration: fitSides(sided),
    outlierMost: outlierMost(distances(dataset, validation.rows, scale)),
  };
}

type Sides = Pick<SidedRows, 'buys' | 'sells'>;

function sharesOfTrees({ boosted }: SearchedTrees, dataset: Dataset, rows: Int32Array, { horizon }: TrainingSetup): Sides {
  return sharesOfSides(judgedTrees(boosted, classedRows(dataset, { rows }, horizon)).probabilities);
}

function distances({ inputs }: Dataset, rows: Int32Array, scale: InputScale): Float64Array {
  const scaled = new Float32Array(SCALED_COUNT);
  return Float64Array.from(rows, (row) => {
    writeScaledInputs(inputs, row * INPUT_COUNT, scale, scaled, 0);
    return inputDistance(scaled, 0, scale);
  });
}

function trained(setup: TrainingSetup, fitted: FittedTrees): TrainedModel {
  const { boosted, scale, chosen, tried, calibration } = fitted;
  const model = treesModel(boosted.ensemble, { name: 'trees', labels: DIRECTIONS, scale, metadata: {} });
  return {
    graph: encodeOnnx(model),
    card: {
      kind: 'trees',
      columns: { set: 'catalogue', ...CATALOGUE_STAMP },
      input: { name: 'vectors', type: 'float64', row: [COLUMNS.length] },
      outputs: [
        { name: 'label', type: 'int64', row: [] },
        { name: 'probabilities', type: 'float32', row: [DIRECTIONS.length] },
        { name: 'distance', type: 'float32', row: [] },
      ],
      says: { kind: 'sides', output: 'probabilities', horizons: [{ horizon: setup.horizon, calibration }] },
      outlier: { output: 'distance', most: fitted.outlierMost },
    },
    details: {
      search: tried.map(({ rules, rounds, validationLoss }) => ({
        rules: { ...rules },
        rounds,
        validationLoss: told(validationLoss),
        chosen: rules === chosen.rules || validationLoss === chosen.validationLoss,
      })),
      trees: boosted.ensemble.trees.length,
      importances: importances(boosted.importances),
    },
    sides: async (dataset, rows) => calibratedSides(sharesOfTrees(fitted, dataset, rows, setup), calibration),
    judge: async (heldOut) => judgeTrees(setup, fitted, heldOut),
  };
}

/** The greatest first. */
function importances(shares: Float64Array): Readonly<Record<string, number>> {
  const named = Array.from(shares, (share, at) => [INPUT_NAMES[at] as string, Number(share.toFixed(4))] as const);
  return Object.fromEntries(named.filter(([, share]) => share >= IMPORTANCE_LEAST).sort((a, b) => b[1] - a[1]));
}

function judgeTrees(setup: TrainingSetup, fitted: FittedTrees, { dataset, rows, random }: HeldOut): ModelVerdict {
  const { horizon, train } = setup;
  const learned = { dataset: setup.dataset, rows: train.rows };
  const classes = classedRows(dataset, { rows }, horizon);
  const judged = judgedTrees(fitted.boosted, classes);
  const directions = judge(judged, {
    trainTruths: classedRows(setup.dataset, train, horizon).classes,
    pasts: pastClasses(dataset, rows, setup),
    persistenceCertainty: pastCertainty(learned.dataset, learned.rows, setup),
    timesMs: Float64Array.from(rows, (row) => dataset.endMs(row)),
    random: random.fork('directions'),
  });
  const none = new Float64Array(train.rows.length);
  const prior = sidePrior(sidedRows(setup.dataset, train.rows, horizon, { buys: none, sells: none }));
  const sided = sidedRows(dataset, rows, horizon, sharesOfSides(judged.probabilities));
  const sides = sideVerdict(horizon, judgeSides(sided, fitted.calibration, prior, random.fork('sides')));
  const direction = directionVerdict(horizon, directions);
  return {
    metrics: [...sides.metrics, ...direction.metrics],
    details: { ...sides.details, directions: direction.details },
  };
}

function pastClasses(dataset: Dataset, rows: Int32Array, { horizon }: TrainingSetup): Float64Array {
  return Float64Array.from(rows, (row) => dataset.pastDirection(row, horizon) + 1);
}

/** How often the past's class was right where there was one. */
function pastCertainty(dataset: Dataset, rows: Int32Array, setup: TrainingSetup): number {
  const pasts = pastClasses(dataset, rows, setup);
  const { classes: truths } = classedRows(dataset, { rows }, setup.horizon);
  const known = Int32Array.from(pasts.keys()).filter((at) => !Number.isNaN(pasts[at]));
  const right = known.filter((at) => pasts[at] === truths[at]).length;
  return (right + 1) / (known.length + DIRECTIONS.length);
}
