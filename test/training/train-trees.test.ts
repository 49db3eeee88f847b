import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { INPUT_NAMES } from '../../src/models/model-inputs.js';
import { seededRandom } from '../../src/runtime/random.js';
import { type Dataset, DatasetBuilder } from '../../src/training/dataset.js';
import { type Judgement, judge } from '../../src/training/judgement.js';
import { Splits } from '../../src/training/splits.js';
import { classedRows, judgedTrees, type TrainedTrees, trainTrees } from '../../src/training/train-trees.js';

const MINUTE = 60_000;
const RULES = {
  roundsMost: 40,
  depthMost: 3,
  leavesMost: 8,
  rate: 0.2,
  l2: 1,
  childWeightLeast: 1,
  gainLeast: 0,
  rowShare: 1,
  columnShare: 1,
  patience: 10,
};

/** Three weeks of quarter hours, in which rsi_14 tells the direction so often as `told` says, and nothing else tells anything. */
function madeDataset(told: number): Dataset {
  const random = seededRandom(`rows ${told}`);
  const builder = new DatasetBuilder(15 * MINUTE);
  for (let at = 0; at < 3 * 7 * 96; at++) {
    const values = new Float64Array(COLUMNS.length).fill(Number.NaN);
    for (const name of ['rsi_14', 'adx', 'stoch_k', 'bop']) values[placeOf(name)] = 100 * random.next();
    const rsi = values[placeOf('rsi_14')] as number;
    const direction = random.chance(told) ? (rsi > 60 ? 1 : rsi < 40 ? -1 : 0) : random.int(3) - 1;
    const labels = Float64Array.from(LABEL_COLUMNS, () => direction);
    builder.add({ candle: { symbol: 'EURUSD', time: Date.UTC(2021, 0, 4) + at * 15 * MINUTE }, values, labels });
  }
  return builder.build();
}

function trainedAndJudged(told: number): { readonly trained: TrainedTrees; readonly judgement: Judgement } {
  const dataset = madeDataset(told);
  const splits = new Splits(dataset, { horizons: ['15m'], steps: 1 });
  const trained = trainTrees(dataset, splits, '15m', RULES, seededRandom('trees'));
  const part = splits.readTest();
  const unseen = classedRows(dataset, part, '15m');
  const judgement = judge(judgedTrees(trained.boosted, unseen), {
    calibrations: trained.calibrations,
    trainTruths: classedRows(dataset, splits.train, '15m').classes,
    pasts: Array.from(part.rows, (row) => dataset.pastDirection(row, '15m') + 1),
    persistenceCertainty: 0.4,
    timesMs: Array.from(part.rows, (row) => dataset.endMs(row)),
    traded: [0, 2],
    random: seededRandom('judge'),
  });
  return { trained, judgement };
}

describe('trainTrees', () => {
  it('what one column tells is found, and its judgement says so beside the baselines', () => {
    const { trained, judgement } = trainedAndJudged(0.7);
    const { model, accuracyInterval, majority, persistence, aboveMajority, reliability, reached } = judgement;
    assert.ok(model.accuracy > 0.72 && model.accuracy < 0.88, String(model.accuracy));
    assert.ok(accuracyInterval.low < 0.82 && accuracyInterval.high > 0.78);
    assert.ok(accuracyInterval.low <= model.accuracy && model.accuracy <= accuracyInterval.high);
    assert.ok(majority.accuracy < 0.45 && persistence.accuracy < 0.45);
    assert.ok(aboveMajority.low > 0.2);
    assert.ok(majority.logLoss < 1.09, 'shares of 38, 24 and 38 tell more than thirds do');
    assert.ok(model.logLoss < majority.logLoss && model.brier < majority.brier);
    for (const { error } of reliability) assert.ok(error < 0.1, String(error));
    const [often, , , strong] = reached;
    assert.ok((often?.rows as number) > 100 && (often?.came as number) > 0.7);
    assert.ok((strong?.rows as number) <= (often?.rows as number));
    assert.equal(INPUT_NAMES[trained.boosted.importances.indexOf(Math.max(...trained.boosted.importances))], 'rsi_14');
  });

  it('where nothing tells anything, the judgement claims nothing', () => {
    const { model, majority, aboveMajority, reached } = trainedAndJudged(0).judgement;
    assert.ok(aboveMajority.low < 0, `${aboveMajority.low} to ${aboveMajority.high}`);
    assert.ok(Math.abs(model.logLoss - majority.logLoss) < 0.02);
    assert.equal(reached.at(-1)?.rows, 0);
  });

  it('the same seed gives the same trees and the same judgement', () => {
    assert.deepEqual(trainedAndJudged(0.5), trainedAndJudged(0.5));
  });
});
