import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COLUMNS, placeOf } from '../../../src/indicators/registry.js';
import { OutcomeBoard } from '../../../src/signals/outcome-board.js';
import type { ModelSaid, Prediction } from '../../../src/signals/prediction.js';
import { outcomeRows, predictionRow } from '../../../src/storage/analytics/prediction-rows.js';
import { encodeRow } from '../../../src/storage/analytics/rows.js';

const TIME = Date.UTC(2026, 0, 5);
const open = { outlier: null, outlierMost: null, expiresAtMs: Number.POSITIVE_INFINITY };
const heard = { accuracy: 0.5, calibration: { kind: 'as is' as const } };
const LSTM: ModelSaid = {
  model: 'lstm-m1',
  version: '3',
  kind: 'lstm',
  horizons: { '15m': { output: { kind: 'quantiles', levels: [0.25, 0.5, 0.75], values: [-1, 2, 4] }, ...heard } },
  ...open,
};
const TREES: ModelSaid = {
  model: 'trees-m1',
  version: '1',
  kind: 'trees',
  horizons: { '15m': { output: { kind: 'sides', BUY: 0.4, SELL: 0.6 }, ...heard } },
  ...open,
};
const SLOW: ModelSaid = { model: 'slow-m1', version: '1', kind: 'trees', leftOut: 'slow' };
const PREDICTION: Prediction = {
  symbol: 'EURUSD',
  timeframe: 'M1',
  time: TIME,
  atMs: TIME + 60_000,
  regime: 'QUIET',
  said: [LSTM, TREES, SLOW],
  shapes: { model: 'cnn-m1', version: '1', shapes: { flag: 0.1, double_top: 0.7 }, embedding: new Float32Array(128) },
  pooled: [],
};

const values = new Float64Array(COLUMNS.length);
values[placeOf('atr_14')] = 0.001;
const candle = { symbol: 'EURUSD', timeframe: 'M1', time: TIME, open: 1.1, high: 1.1, low: 1.1, close: 1.1, volume: 1 } as const;
const VECTOR = { candle: { ...candle, spread: 0, gapBefore: 0 }, values };

describe('a prediction’s rows of analytics', () => {
  it('tell what each model said: prices in the middle of their quantiles, sides, the surest shape', () => {
    const row = predictionRow(PREDICTION, VECTOR);
    assert.deepEqual([row.time, row.tenantId, row.predictionId, row.price], [TIME + 60_000, '', `EURUSD/M1/${TIME}`, 1.1]);
    // Two ranges of 0.001 above 1.1, as a return.
    assert.ok(Math.abs((row.lstmPrice15m as number) - 1.1 * Math.exp(0.002 / 1.1)) < 1e-12);
    assert.equal(row.lstmPrice1h, undefined);
    assert.deepEqual([row.boostingDirection, row.boostingBuy, row.boostingSell], ['SELL', 0.4, 0.6]);
    assert.deepEqual([row.cnnPattern, row.cnnProbability], ['double_top', 0.7]);
    // The LSTM's zero lies a third of the way from its quarter to its half.
    const buy = (1 - (0.25 + 0.25 / 3) + 0.4) / 2;
    assert.deepEqual([row.direction, Math.abs(row.confidence - Math.max(buy, 1 - buy)) < 1e-12], [1, true]);
    assert.equal(typeof encodeRow('predictions', row), 'string');
  });

  it('tell of each model that leaned whether it was right, and nothing where the price stood', () => {
    const outcomes = (close: number) => {
      const board = new OutcomeBoard('M1');
      board.post(PREDICTION, 1.1);
      return board.ended({ symbol: 'EURUSD', time: TIME + 15 * 60_000, close }).flatMap(outcomeRows);
    };
    assert.deepEqual(
      outcomes(1.2).map(({ modelId, correct, actualDirection, actualPrice }) => [modelId, correct, actualDirection, actualPrice]),
      [
        ['lstm-m1@3/15m', true, 1, 1.2],
        ['trees-m1@1/15m', false, 1, 1.2],
      ],
    );
    assert.deepEqual(outcomes(1.1), []);
    for (const row of outcomes(1)) assert.equal(typeof encodeRow('predictionOutcomes', row), 'string');
  });
});
