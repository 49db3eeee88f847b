import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndicatorSet } from '../../src/indicators/indicator-set.js';
import { CATALOGUE, COLUMNS, definitionsFor } from '../../src/indicators/registry.js';
import { freshSeed, PRICE_PATHS } from '../support/price-paths.js';
import { fresh, stream, streamOf } from '../support/stream.js';

const seed = freshSeed();
const candles = PRICE_PATHS['a random walk']?.(400, seed) ?? [];

test('a set holds what its indicators hold alone, column by column', () => {
  const set = new IndicatorSet(CATALOGUE, streamOf(candles));
  const alone = CATALOGUE.map((definition) => stream(fresh(definition, candles), candles));
  assert.deepEqual(
    set.columns.map(({ name }) => name),
    COLUMNS,
  );
  candles.forEach((candle, at) => {
    set.update(candle);
    assert.deepEqual(
      [...set.values],
      alone.flatMap((rows) => rows[at] ?? []),
    );
  });
  assert.deepEqual(set.read(['rsi_14', 'bb_middle']), { rsi_14: set.valueOf('rsi_14'), bb_middle: set.valueOf('bb_middle') });
});

test('a restored set goes on bit for bit, and a reset one starts over', () => {
  const set = new IndicatorSet(CATALOGUE, streamOf(candles));
  for (const candle of candles.slice(0, 217)) set.update(candle);
  const restored = new IndicatorSet(CATALOGUE, streamOf(candles));
  restored.restore(set.snapshot());
  assert.deepEqual(restored.values, set.values);
  for (const candle of candles.slice(217)) {
    set.update(candle);
    restored.update(candle);
    assert.deepEqual(restored.values, set.values);
  }
  set.reset();
  assert.deepEqual(set.snapshot(), new IndicatorSet(CATALOGUE, streamOf(candles)).snapshot());
});

test('only the indicators that make the wanted columns are taken, in the catalogue order', () => {
  const names = definitionsFor(['bb_middle', 'wma_10', 'macd_hist']).flatMap(({ columns }) => columns.map(({ name }) => name));
  const expected = [
    'wma_10',
    'wma_20',
    'macd',
    'macd_signal',
    'macd_hist',
    'bb_upper',
    'bb_middle',
    'bb_lower',
    'bb_width',
    'bb_percent',
  ];
  assert.deepEqual(names, expected);
});

test('an unknown column, and a state made by other columns, are refused', () => {
  assert.throws(() => definitionsFor(['rsi_15']), /no column rsi_15/);
  const set = new IndicatorSet(definitionsFor(['trix_15']), streamOf(candles));
  assert.throws(() => set.valueOf('mass_25'), /no column mass_25/);
  assert.throws(() => set.restore(new IndicatorSet(definitionsFor(['mass_25']), streamOf(candles)).snapshot()), /other columns/);
});
