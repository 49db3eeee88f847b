import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE, COLUMNS, placeOf } from '../../src/indicators/registry.js';
import type { Candle } from '../../src/market/candle.js';
import { INPUT_MEASURES, type InputMeasure } from '../../src/models/input-measures.js';
import { INPUT_COUNT, INPUT_NAMES, writeModelInputs } from '../../src/models/model-inputs.js';
import { freshSeed } from '../support/price-paths.js';
import { vectorsOfCandles } from '../support/vectors-of-candles.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

function inputsOf(vector: Float64Array): Float64Array {
  const inputs = new Float64Array(INPUT_COUNT);
  writeModelInputs(vector, inputs);
  return inputs;
}

function scaled(candles: readonly Candle[], price: number, volume = 1): Candle[] {
  return candles.map((candle) => ({
    ...candle,
    open: candle.open * price,
    high: candle.high * price,
    low: candle.low * price,
    close: candle.close * price,
    volume: candle.volume * volume,
  }));
}

function inputOf(name: string, vector: Float64Array): number {
  return inputsOf(vector)[INPUT_NAMES.indexOf(name)] as number;
}

/** What the catalogue says of a column's unit, and how such a column may be measured. */
const FITTING: Readonly<Record<string, (measure: InputMeasure) => boolean>> = {
  price: (measure) => measure.kind === 'left out' || (measure.kind === 'measured' && measure.yardstick === 'range'),
  'price²': (measure) => measure.kind === 'measured' && measure.yardstick === 'range²',
  degrees: (measure) => measure.kind === 'left out',
  volume: (measure) => measure.kind === 'left out' || (measure.kind === 'measured' && measure.yardstick.startsWith('volume')),
  price·volume: (measure) => measure.kind === 'measured' && measure.yardstick === 'volume · range',
  'price²/volume': (measure) => measure.kind === 'measured' && measure.yardstick === 'range² / volume',
  code: (measure) => measure.kind === 'coded',
};
const SCALE_FREE = (measure: InputMeasure): boolean =>
  measure.kind === 'left out' || (measure.kind === 'measured' && ['one', 'range share'].includes(measure.yardstick));

describe('model inputs', () => {
  it('each column is measured as its unit in the catalogue demands', () => {
    const columns = CATALOGUE.flatMap((definition) => definition.columns);
    assert.equal(INPUT_MEASURES.length, columns.length);
    for (const [place, { name, unit }] of columns.entries()) {
      const fits = (FITTING[unit] ?? SCALE_FREE)(INPUT_MEASURES[place] as InputMeasure);
      assert.ok(fits, `${name}, a ${unit}, is measured as ${JSON.stringify(INPUT_MEASURES[place])}`);
    }
  });

  it('names are of the catalogue, each once, with a name per code', () => {
    assert.equal(new Set(INPUT_NAMES).size, INPUT_COUNT);
    for (const name of INPUT_NAMES) assert.ok(COLUMNS.includes(name.replace(/=\d+$/, '')), name);
    assert.equal(INPUT_NAMES.filter((name) => name.startsWith('regime=')).length, 12);
  });

  it('a level is its distance from the close in ranges, a distance and a share of the price are so many ranges', () => {
    const candles = walkOfCandles('EURUSD', 'M1', 400);
    const vectors = vectorsOfCandles(candles);
    const vector = vectors.at(-1) as Float64Array;
    const close = candles.at(-1)?.close as number;
    const column = (name: string): number => vector[placeOf(name)] as number;
    const near = (name: string, expected: number): void => {
      const given = inputOf(name, vector);
      assert.ok(Math.abs(given - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${name}: ${given}, not ${expected}`);
    };
    const atr = column('atr_14');
    near('sma_50', (column('sma_50') - close) / atr);
    near('bb_lower', (column('bb_lower') - close) / atr);
    near('mom_10', column('mom_10') / atr);
    near('var_20', column('var_20') / atr ** 2);
    near('log_return_5', (column('log_return_5') * close) / atr);
    near('roc_10', ((column('roc_10') / 100) * close) / atr);
    near('rsi_14', column('rsi_14') / 50 - 1);
    near('williams_r_14', column('williams_r_14') / 50 + 1);
    near('obv', column('obv') / column('volume_sma_20'));
    near('force_13', column('force_13') / column('volume_sma_20') / atr);
    near('pvt', ((column('pvt') / column('volume_sma_20')) * close) / atr);
    near('eom_14', ((column('eom_14') / 1e4) * column('volume_sma_20')) / atr ** 2);
    near(`regime=${column('regime')}`, 1);
    assert.equal(INPUT_NAMES.filter((name) => name.startsWith('regime=') && inputOf(name, vector) === 1).length, 1);
  });

  it('prices multiplied by a constant, as a yen pair’s are, change no input; nor do volumes', () => {
    const candles = walkOfCandles('EURUSD', 'M1', 2_000, freshSeed());
    const vectors = vectorsOfCandles(candles);
    for (const [price, volume] of [
      [150, 1],
      // No smaller: TA-Lib's mfi calls prices times volumes of less than 1 together none.
      [1 / 16, 1],
      [0.7, 1],
      [1900, 64],
    ] as const) {
      const others = vectorsOfCandles(scaled(candles, price, volume));
      for (const [at, vector] of vectors.entries()) {
        const [own, other] = [inputsOf(vector), inputsOf(others[at] as Float64Array)];
        for (const [place, value] of own.entries()) {
          const beside = other[place] as number;
          const same = Number.isNaN(value)
            ? Number.isNaN(beside)
            : Math.abs(value - beside) <= 1e-6 * Math.max(1, Math.abs(value));
          assert.ok(same, `${INPUT_NAMES[place]} of candle ${at}: ${value}, and ${beside} at ${price} times the price`);
        }
      }
    }
  });

  it('a range that has all but died away is none', () => {
    const vector = vectorsOfCandles(walkOfCandles('EURUSD', 'M1', 300)).at(-1) as Float64Array;
    vector[placeOf('atr_14')] = 1e-8;
    assert.ok(Math.abs(inputOf('mom_10', vector)) > 0);
    vector[placeOf('atr_14')] = 1e-10;
    assert.ok(Number.isNaN(inputOf('mom_10', vector)));
    assert.ok(!Number.isNaN(inputOf('obv', vector)));
  });

  it('where nothing moved there is nothing to measure by: no value, and never an infinite one', () => {
    const flat = walkOfCandles('EURUSD', 'M1', 300).map((candle) => ({
      ...candle,
      open: 1,
      high: 1,
      low: 1,
      close: 1,
      volume: 0,
    }));
    const inputs = inputsOf(vectorsOfCandles(flat).at(-1) as Float64Array);
    assert.ok(inputs.every((value) => !(Math.abs(value) === Number.POSITIVE_INFINITY)));
    for (const name of ['sma_20', 'mom_10', 'log_return_1', 'obv', 'force_13', 'eom_14'])
      assert.ok(Number.isNaN(inputs[INPUT_NAMES.indexOf(name)]), name);
    assert.ok(!Number.isNaN(inputs[INPUT_NAMES.indexOf('rsi_14')]));
  });
});
