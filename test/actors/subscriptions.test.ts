import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FeatureVector, Subscriptions } from '../../src/actors/subscriptions.js';
import { TIER_NAMES } from '../../src/accounts/tiers.js';
import { ColumnView } from '../../src/features/column-view.js';
import { COLUMNS, placeOf } from '../../src/indicators/registry.js';
import { readTiers } from '../../src/storage/tier-table.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const [candle] = walkOfCandles('EURUSD', 'M1', 1);
assert.ok(candle);
const vector = { candle, values: Float64Array.from(COLUMNS, (_, place) => place) };

function readerOf(path: string) {
  const told: FeatureVector[] = [];
  return { path, told, tell: (message: FeatureVector): boolean => told.push(message) > 0 };
}

test('a tenant is handed the columns of its tier and no other, while stops are placed by atr_14 whatever the tier', async () => {
  const tiers = await readTiers();
  const subscriptions = new Subscriptions();
  const readers = TIER_NAMES.map((tier) => {
    const reader = readerOf(tier);
    subscriptions.subscribe('EURUSD', 'M1', reader, new ColumnView((column) => tiers.allowsColumn(tier, column)));
    return reader;
  });
  subscriptions.handOver(vector);
  const columnsOf = (tier: string) => readers.find(({ path }) => path === tier)?.told[0]?.columns;
  const basic = COLUMNS.filter((column) => /^(sma|ema|rsi)_\d+$/.test(column));
  for (const tier of ['free', 'basic']) {
    const columns = columnsOf(tier);
    assert.deepEqual(columns?.view.columns, basic);
    assert.deepEqual([...(columns?.values ?? [])], basic.map(placeOf));
    for (const column of COLUMNS) assert.equal(columns?.valueOf(column) === undefined, !basic.includes(column), column);
  }
  for (const tier of ['pro', 'enterprise']) assert.deepEqual(columnsOf(tier)?.view.columns, COLUMNS);
  for (const { told } of readers) assert.equal(told[0]?.stops.atr, placeOf('atr_14'));
});

test('a tenant that changes its tier gets the new columns from the next vector on, and one that leaves gets none', () => {
  const subscriptions = new Subscriptions();
  const reader = readerOf('tenant');
  subscriptions.subscribe('EURUSD', 'M1', reader, new ColumnView((column) => column === 'rsi_14'));
  subscriptions.handOver(vector);
  subscriptions.subscribe('EURUSD', 'M1', reader, new ColumnView(() => true));
  subscriptions.handOver(vector);
  subscriptions.unsubscribe(reader);
  subscriptions.handOver(vector);
  assert.deepEqual(
    reader.told.map(({ columns }) => columns.view.columns.length),
    [1, COLUMNS.length],
  );
});

test('readers with one view share one message, and only those of the symbol and timeframe are told', () => {
  const subscriptions = new Subscriptions();
  const view = new ColumnView(() => true);
  const [one, two, other] = [readerOf('one'), readerOf('two'), readerOf('other')];
  subscriptions.subscribe('EURUSD', 'M1', one, view);
  subscriptions.subscribe('EURUSD', 'M1', two, view);
  subscriptions.subscribe('EURUSD', 'M5', other, view);
  subscriptions.handOver(vector, { tickAtNs: 7n });
  assert.equal(one.told[0], two.told[0]);
  assert.equal(one.told[0]?.tickAtNs, 7n);
  assert.equal(other.told.length, 0);
});
