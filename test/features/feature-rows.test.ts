import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FeatureRow, FeatureRows } from '../../src/features/feature-rows.js';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import { IndicatorSet } from '../../src/indicators/indicator-set.js';
import { CATALOGUE, COLUMNS } from '../../src/indicators/registry.js';
import type { Candle } from '../../src/market/candle.js';
import { CandleBuilder } from '../../src/market/candle-builder.js';
import { SyntheticMarket } from '../../src/market/synthetic.js';
import { TIMEFRAME_MS, type Timeframe } from '../../src/market/timeframe.js';
import { freshSeed } from '../support/price-paths.js';

const MORNING = Date.UTC(2026, 0, 6, 7);
const SYMBOLS = ['EURUSD', 'USDJPY', 'GBPUSD', 'USDCAD', 'USDSEK', 'USDCHF'];

/** Candles of all symbols of a synthetic market in the order of closing; no two orders of symbols at one boundary are alike. */
function market(seed: number, hours: number, timeframes: readonly Timeframe[]): Candle[] {
  const candles: Candle[] = [];
  const builders = new Map(
    SYMBOLS.map((symbol) => [symbol, new CandleBuilder({ symbol, timeframes }, (candle) => candles.push(candle))]),
  );
  new SyntheticMarket({ seed, symbols: SYMBOLS, startMs: MORNING }).advanceTo(
    MORNING + hours * 3_600_000,
    (symbol, timeMs, bid, ask) => builders.get(symbol)?.onTick(timeMs, bid, ask),
  );
  const end = ({ time, timeframe }: Candle): number => time + TIMEFRAME_MS[timeframe];
  return candles.sort((a, b) => end(a) - end(b) || TIMEFRAME_MS[a.timeframe] - TIMEFRAME_MS[b.timeframe]);
}

/** The close of the newest of all candles that started before, found in all of them. */
function closeBefore(all: readonly Candle[], timeframe: Timeframe, symbol: string, time: number): number {
  const before = all.findLast((one) => one.symbol === symbol && one.timeframe === timeframe && one.time < time);
  return before?.close ?? Number.NaN;
}

const seed = freshSeed();

for (const labels of [false, true]) {
  test(`rows are bit for bit what indicator sets hold, other symbols beside them, ${labels ? 'with' : 'without'} labels, seed ${seed}`, () => {
    const timeframes = ['M1', 'M5'] as const;
    const all = market(seed, 6, timeframes);
    const own = all.filter(({ symbol }) => symbol === 'EURUSD');
    const rows: FeatureRow[] = [];
    const features = new FeatureRows({ symbol: 'EURUSD', timeframes, labels }, (row) => rows.push(row));
    for (const candle of all) {
      if (candle.symbol === 'EURUSD') features.add(candle);
      else features.post(candle);
    }
    features.end();
    assert.deepEqual(
      rows.map(({ candle }) => candle),
      own,
    );
    for (const timeframe of timeframes) {
      const set = new IndicatorSet(CATALOGUE, {
        symbol: 'EURUSD',
        spanMs: TIMEFRAME_MS[timeframe],
        closeBefore: (symbol, time) => closeBefore(all, timeframe, symbol, time),
      });
      for (const { candle, values, labels: given } of rows.filter((row) => row.candle.timeframe === timeframe)) {
        set.update(candle);
        assert.deepEqual(values, set.values);
        assert.equal(given.length, labels ? LABEL_COLUMNS.length : 0);
      }
    }
    assert.ok(rows.some(({ values }) => !Number.isNaN(values[COLUMNS.indexOf('sma_200')])));
    if (labels) assert.ok(rows.some((row) => !Number.isNaN(row.labels[LABEL_COLUMNS.indexOf('label_direction_1h')])));
  });
}

test('minutes that are only there for the labels make no rows', () => {
  const rows: FeatureRow[] = [];
  const features = new FeatureRows({ symbol: 'EURUSD', timeframes: ['M5'], labels: true }, (row) => rows.push(row));
  for (const candle of market(1, 2, ['M1', 'M5'])) if (candle.symbol === 'EURUSD') features.add(candle);
  features.end();
  assert.ok(rows.length > 10);
  for (const row of rows) {
    assert.equal(row.candle.timeframe, 'M5');
    assert.ok(Number.isNaN(row.labels[0]), 'a minute is shorter than the candle');
  }
  assert.ok(rows.some(({ labels }) => !Number.isNaN(labels[LABEL_COLUMNS.indexOf('label_return_5m')])));
});
