import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { INPUT_NAMES } from '../../src/models/model-inputs.js';
import { seededRandom } from '../../src/runtime/random.js';
import { type Dataset, DatasetBuilder } from '../../src/training/dataset.js';
import { type Judgement, judge } from '../../src/training/judgement.js';
import { fitSides, judgeSides, type SideJudgement, sharesOfSides, sidedRows, sidePrior } from '../../src/training/sides.js';
import { Splits } from '../../src/training/splits.js';
import {
  classedRows,
  judgedTrees,
  type SearchedTrees,
  TreesSearch,
  type TreesSearchState,
} from '../../src/training/train-trees.js';
import type { ClassedRows } from '../../src/training/trees/bins.js';

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

interface TrainedAndJudged {
  readonly trained: SearchedTrees;
  readonly judgement: Judgement;
  readonly sides: SideJudgement;
}

function searchOf(dataset: Dataset, splits: Splits): TreesSearch {
  const [train, validation] = [splits.train, splits.validation].map((part) => classedRows(dataset, part, '15m'));
  return new TreesSearch(train as ClassedRows, validation as ClassedRows, [RULES], seededRandom('trees'));
}

function trainedAndJudged(told: number): TrainedAndJudged {
  const dataset = madeDataset(told);
  const splits = new Splits(dataset, { horizons: ['15m'], steps: 1 });
  const search = searchOf(dataset, splits);
  while (search.step());
  const trained = search.result();
  const sided = (rows: Int32Array) => {
    const judged = judgedTrees(trained.boosted, classedRows(dataset, { rows }, '15m'));
    return sidedRows(dataset, rows, '15m', sharesOfSides(judged.probabilities));
  };
  const calibration = fitSides(sided(splits.validation.rows));
  const part = splits.readTest();
  const unseen = classedRows(dataset, part, '15m');
  const judgement = judge(judgedTrees(trained.boosted, unseen), {
    trainTruths: classedRows(dataset, splits.train, '15m').classes,
    pasts: Array.from(part.rows, (row) => dataset.pastDirection(row, '15m') + 1),
    persistenceCertainty: 0.4,
    timesMs: Array.from(part.rows, (row) => dataset.endMs(row)),
    random: seededRandom('judge'),
  });
  const prior = sidePrior(sided(splits.train.rows));
  return { trained, judgement, sides: judgeSides(sided(part.rows), calibration, prior, seededRandom('sides')) };
}

describe('TreesSearch', () => {
  it('what one column tells is found, and its judgement says so beside the baselines', () => {
    const { trained, judgement, sides } = trainedAndJudged(0.7);
    const { model, accuracyInterval, majority, persistence, aboveMajority } = judgement;
    assert.ok(model.accuracy > 0.72 && model.accuracy < 0.88, String(model.accuracy));
    assert.ok(accuracyInterval.low < 0.82 && accuracyInterval.high > 0.78);
    assert.ok(accuracyInterval.low <= model.accuracy && model.accuracy <= accuracyInterval.high);
    assert.ok(majority.accuracy < 0.45 && persistence.accuracy < 0.45);
    assert.ok(aboveMajority.low > 0.2);
    assert.ok(majority.logLoss < 1.09, 'shares of 38, 24 and 38 tell more than thirds do');
    assert.ok(model.logLoss < majority.logLoss && model.brier < majority.brier);
    assert.ok(sides.model.accuracy > 0.8 && sides.aboveMajority.low > 0.2, JSON.stringify(sides));
    assert.ok(sides.model.logLoss < sides.majority.logLoss && sides.model.brier < sides.persistence.brier);
    assert.ok(sides.reliability.error < 0.1, String(sides.reliability.error));
    const [often, , , strong] = sides.reached;
    assert.ok((often?.rows as number) > 100 && (often?.came as number) > 0.7);
    assert.ok((strong?.rows as number) <= (often?.rows as number));
    assert.equal(INPUT_NAMES[trained.boosted.importances.indexOf(Math.max(...trained.boosted.importances))], 'rsi_14');
  });

  it('where nothing tells anything, the judgement claims nothing', () => {
    const { judgement, sides } = trainedAndJudged(0);
    const { model, majority, aboveMajority } = judgement;
    assert.ok(aboveMajority.low < 0, `${aboveMajority.low} to ${aboveMajority.high}`);
    assert.ok(Math.abs(model.logLoss - majority.logLoss) < 0.02);
    assert.equal(sides.reached.at(-1)?.rows, 0);
    assert.ok(sides.aboveMajority.low < 0, JSON.stringify(sides.aboveMajority));
  });

  it('the same seed gives the same trees and the same judgement', () => {
    assert.deepEqual(trainedAndJudged(0.5), trainedAndJudged(0.5));
  });

  it('of several rules those are taken whose loss on the validation part is lowest, and all are told', () => {
    const dataset = madeDataset(0.7);
    const splits = new Splits(dataset, { horizons: ['15m'], steps: 1 });
    const [train, validation] = [splits.train, splits.validation].map((part) => classedRows(dataset, part, '15m'));
    const hasty = { ...RULES, roundsMost: 1, rate: 0.01 };
    const search = new TreesSearch(train as ClassedRows, validation as ClassedRows, [hasty, RULES, hasty], seededRandom(1));
    while (search.step());
    const { chosen, tried, boosted } = search.result();
    assert.equal(chosen.rules, RULES);
    assert.equal(boosted.ensemble.trees.length, 3 * chosen.rounds);
    assert.deepEqual(
      tried.map(({ rules }) => rules),
      [hasty, RULES, hasty],
    );
    assert.ok(tried.every(({ validationLoss }) => validationLoss >= chosen.validationLoss));
  });

  it('a search that was stopped anywhere goes on from its state as if it had not been', () => {
    const dataset = madeDataset(0.5);
    const splits = new Splits(dataset, { horizons: ['15m'], steps: 1 });
    const [train, validation] = [splits.train, splits.validation].map((part) => classedRows(dataset, part, '15m'));
    const candidates = [
      { ...RULES, roundsMost: 5 },
      { ...RULES, roundsMost: 4, depthMost: 2, rowShare: 0.5 },
    ];
    const begin = (from?: TreesSearchState) =>
      new TreesSearch(train as ClassedRows, validation as ClassedRows, candidates, seededRandom(1), from);
    const whole = begin();
    while (whole.step());
    for (const stop of [0, 3, 5, 6, 7, 10]) {
      const stopped = begin();
      for (let at = 0; at < stop; at++) stopped.step();
      const resumed = begin(deserialize(serialize(stopped.state)) as TreesSearchState);
      while (resumed.step());
      assert.deepEqual(resumed.result(), whole.result(), `stopped after ${stop}`);
    }
  });
});
