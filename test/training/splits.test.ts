import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HORIZONS_MS, LABEL_COLUMNS } from '../../src/features/labels.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { INPUT_COUNT, MEASURED_INPUTS } from '../../src/models/model-inputs.js';
import { seededRandom } from '../../src/runtime/random.js';
import { type Dataset, DatasetBuilder, type TrainingRow } from '../../src/training/dataset.js';
import { fitScale } from '../../src/training/fit-scale.js';
import { leaksBetween } from '../../src/training/leaks.js';
import { type SplitPlan, Splits, spansOf } from '../../src/training/splits.js';

const MINUTE = 60_000;
const START = Date.UTC(2021, 0, 4);
const PLAN: SplitPlan = { horizons: ['5m', '15m'], steps: 20 };

function rowAt(symbol: string, time: number, rsi: number, label = 1): TrainingRow {
  const values = new Float64Array(COLUMNS.length).fill(Number.NaN);
  values[placeOf('rsi_14')] = rsi;
  return { candle: { symbol, time }, values, labels: new Float64Array(LABEL_COLUMNS.length).fill(label) };
}

/** Two symbols over the same minutes, one of which pauses now and then, and some rows without labels. */
function madeDataset(minutes = 3_000): Dataset {
  const builder = new DatasetBuilder(MINUTE);
  const random = seededRandom('rows');
  for (let at = 0; at < minutes; at++) {
    builder.add(rowAt('GBPUSD', START + at * MINUTE, 100 * random.next(), at % 50 === 49 ? Number.NaN : 1));
    if (at % 700 < 600) builder.add(rowAt('EURUSD', START + at * MINUTE, 100 * random.next()));
  }
  return builder.build();
}

describe('splits', () => {
  it('are in the order of time, in the proportion of 70, 15 and 15, over symbols together', () => {
    const dataset = madeDataset();
    const splits = new Splits(dataset, PLAN);
    const test = splits.readTest();
    const parts = [splits.train, splits.validation, test];
    const all = parts.reduce((sum, { rows }) => sum + rows.length, 0);
    for (const [at, share] of [0.7, 0.15, 0.15].entries())
      assert.ok(Math.abs((parts[at]?.rows.length as number) / all - share) < 0.03, `${parts[at]?.kind}`);
    const ends = parts.flatMap(({ rows }) => Array.from(rows, (row) => dataset.endMs(row)));
    assert.deepEqual(
      ends,
      ends.toSorted((a, b) => a - b),
    );
    for (const { rows } of parts) assert.equal(new Set(Array.from(rows, (row) => dataset.symbolOf(row))).size, 2);
    assert.ok(parts.every(({ rows }) => rows.every((row) => !Number.isNaN(dataset.direction(row, '15m')))));
  });

  it('leave out the longest horizon plus the window on each side of a cut, and nothing else', () => {
    const dataset = madeDataset();
    const splits = new Splits(dataset, PLAN);
    const { train, validation } = splits;
    const last = dataset.endMs(train.rows.at(-1) as number);
    const first = dataset.endMs(validation.rows[0] as number);
    const margin = HORIZONS_MS['15m'] + PLAN.steps * MINUTE;
    assert.ok(first - last >= 2 * margin, `${(first - last) / MINUTE} minutes`);
    assert.ok(first - last <= 2 * margin + 2 * MINUTE, `${(first - last) / MINUTE} minutes`);
    assert.ok(splits.purged > 100 && splits.purged < 4 * 2 * (margin / MINUTE + 2), String(splits.purged));
  });

  it('leave out a window that a gap stretches over the cut', () => {
    const builder = new DatasetBuilder(MINUTE);
    // A cut lies at row 700; the pause before it is longer than any margin.
    for (let at = 0; at < 1_000; at++) builder.add(rowAt('EURUSD', START + at * MINUTE + (at < 699 ? 0 : 2_880 * MINUTE), 50));
    const dataset = builder.build();
    const { validation } = new Splits(dataset, PLAN);
    for (const row of validation.rows)
      assert.ok(dataset.windowStartMs(row, PLAN.steps) >= START + (699 + 2_880) * MINUTE, 'a window begins before the pause');
  });

  it('the test part is read once', () => {
    const splits = new Splits(madeDataset(), PLAN);
    assert.ok(splits.readTest().rows.length === splits.testRows);
    assert.throws(() => splits.readTest(), /read once/);
  });

  it('a planted leak is found, by a label and by a window, and named', () => {
    const dataset = madeDataset();
    const splits = new Splits(dataset, PLAN);
    const { train, validation } = splits;
    const leaksWith = (rows: readonly number[]): readonly string[] =>
      leaksBetween([
        { name: 'train', spans: spansOf(dataset, PLAN, { kind: 'train', rows: Int32Array.from([...train.rows, ...rows]) }) },
        { name: 'validation', spans: spansOf(dataset, PLAN, validation) },
      ]);
    assert.deepEqual(leaksWith([]), []);
    const [begins] = validation.rows;
    const startMs = dataset.windowStartMs(begins as number, PLAN.steps);
    const rows = Array.from({ length: dataset.rows }, (_, row) => row);
    const touching = rows.find((row) => dataset.endMs(row) + HORIZONS_MS['15m'] === startMs) as number;
    assert.deepEqual(leaksWith([touching]), []);
    const reaching = rows.find((row) => dataset.endMs(row) + HORIZONS_MS['15m'] === startMs + MINUTE) as number;
    const [said = '', ...more] = leaksWith([reaching]);
    assert.match(said, /^train has \w{6} up to 2021-01-0\dT[\d:.]+Z, and validation has \w{6} from 2021-01-0\dT[\d:.]+Z on$/);
    assert.equal(more.length, 0);
    assert.equal(leaksWith([validation.rows[5] as number]).length, 1);
  });

  it('leaks are looked for between all parts', () => {
    const span = (from: number, to: number): { symbol: string; fromMs: number; toMs: number } => ({
      symbol: 'EURUSD',
      fromMs: from,
      toMs: to,
    });
    const leaks = leaksBetween([
      { name: 'train', spans: [span(0, 10), span(5, 95)] },
      { name: 'validation', spans: [] },
      { name: 'test', spans: [span(90, 120)] },
    ]);
    assert.equal(leaks.length, 1);
    assert.match(leaks[0] as string, /^train .* test /);
  });

  it('a symbol’s rows out of their order are refused', () => {
    const builder = new DatasetBuilder(MINUTE);
    builder.add(rowAt('EURUSD', START, 50));
    assert.throws(() => builder.add(rowAt('EURUSD', START, 50)), /order of time/);
  });
});

describe('fitScale', () => {
  it('is the median and the quartiles of the training part alone', () => {
    const place = MEASURED_INPUTS.findIndex(({ name }) => name === 'rsi_14');
    const dataset = madeDataset();
    const { train, validation } = new Splits(dataset, PLAN);
    const values = Array.from(train.rows, (row) => dataset.inputs[row * INPUT_COUNT + place] as number).sort((a, b) => a - b);
    const before = fitScale(dataset, train);
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => values[Math.round(share * values.length)] as number);
    assert.ok(Math.abs((before.centres[place] as number) - (middle as number)) < 0.01);
    assert.ok(Math.abs((before.widths[place] as number) - ((high as number) - (low as number)) / 1.349) < 0.01);
    for (const row of validation.rows) dataset.inputs[row * INPUT_COUNT + place] = 1e6;
    assert.deepEqual(fitScale(dataset, train), before);
    for (const row of train.rows) dataset.inputs[row * INPUT_COUNT + place] = 3;
    assert.deepEqual([fitScale(dataset, train).centres[place], fitScale(dataset, train).widths[place]], [3, 1]);
  });

  it('what is mostly the same has the width of its deviation, what is never there a width of one', () => {
    const place = MEASURED_INPUTS.findIndex(({ name }) => name === 'cdl_doji');
    const dataset = madeDataset();
    const { train } = new Splits(dataset, PLAN);
    for (const [at, row] of train.rows.entries()) dataset.inputs[row * INPUT_COUNT + place] = at % 10 === 0 ? 1 : 0;
    const { centres, widths } = fitScale(dataset, train);
    assert.equal(centres[place], 0);
    assert.ok(Math.abs((widths[place] as number) - 0.3) < 0.01);
    assert.deepEqual([centres[0], widths[0]], [0, 1]);
  });
});
