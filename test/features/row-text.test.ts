import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FeatureRow } from '../../src/features/feature-rows.js';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import { csvHeader, csvLine, jsonLine } from '../../src/features/row-text.js';
import { COLUMNS } from '../../src/indicators/registry.js';
import type { Candle } from '../../src/market/candle.js';

const candle: Candle = {
  symbol: 'EURUSD',
  timeframe: 'M1',
  time: Date.UTC(2021, 0, 25, 0, 9),
  open: 1.1,
  high: 1.2,
  low: 1,
  close: 1.15,
  volume: 3,
  spread: 0,
  gapBefore: 0,
};

/** Numbers that text likes to lose, and some that it does not. */
const HARD = [Number.NaN, -0, 0, 0.1 + 0.2, 5e-324, 1.7976931348623157e308, -1e-7, 1e21, 123456789.12345679];

function rowOf(labels: boolean): FeatureRow {
  const hard = (_: unknown, at: number): number => HARD[at % HARD.length] as number;
  return {
    candle,
    values: Float64Array.from(COLUMNS, hard),
    labels: labels ? Float64Array.from(LABEL_COLUMNS, hard) : new Float64Array(0),
  };
}

for (const labels of [false, true]) {
  test(`both texts read back bit for bit, no value being empty or null, ${labels ? 'with' : 'without'} labels`, () => {
    const row = rowOf(labels);
    const expected = [1.1, 1.2, 1, 1.15, 3, ...row.values, ...row.labels];
    const cells = csvLine(row).split(',');
    assert.deepEqual(cells.slice(0, 3), ['2021-01-25T00:09:00Z', 'EURUSD', 'M1']);
    assert.deepEqual(
      cells.slice(3).map((cell) => (cell === '' ? Number.NaN : Number(cell))),
      expected,
    );
    const names = csvHeader(labels).split(',');
    const parsed = JSON.parse(jsonLine(row)) as Record<string, string | number | null>;
    assert.deepEqual(Object.keys(parsed), names);
    assert.deepEqual(
      Object.values(parsed).map((value) => value ?? Number.NaN),
      ['2021-01-25T00:09:00Z', 'EURUSD', 'M1', ...expected],
    );
  });
}

test('the header is that of candles up to volume, then the catalogue, then the labels', () => {
  const bar = ['time', 'symbol', 'timeframe', 'open', 'high', 'low', 'close', 'volume'];
  assert.deepEqual(csvHeader(false).split(','), [...bar, ...COLUMNS]);
  assert.deepEqual(csvHeader(true).split(','), [...bar, ...COLUMNS, ...LABEL_COLUMNS]);
});
