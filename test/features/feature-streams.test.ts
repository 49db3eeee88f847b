import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ColumnView } from '../../src/features/column-view.js';
import type { CatalogueVector, FeatureSnapshot } from '../../src/features/feature-stream.js';
import { FeatureStreams, snapshotEvery } from '../../src/features/feature-streams.js';
import { COLUMNS } from '../../src/indicators/registry.js';
import { LIMITS } from '../../src/limits.js';
import type { Candle } from '../../src/market/candle.js';
import type { Timeframe } from '../../src/market/timeframe.js';
import { seededRandom } from '../../src/runtime/random.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';
import { FileJournal } from '../../src/storage/journal/file-journal.js';
import { FileSnapshots } from '../../src/storage/snapshots/file-snapshots.js';
import { MemorySnapshots } from '../../src/storage/snapshots/memory-snapshots.js';
import { freshSeed, proofCount } from '../support/price-paths.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

const seed = freshSeed();

interface Stores {
  readonly journal: RecentCandles | FileJournal;
  readonly snapshots: MemorySnapshots | FileSnapshots;
}

const inMemory = (): Stores => ({ journal: new RecentCandles(), snapshots: new MemorySnapshots() });

/** What the symbol's and the indicators' actors do with a closed candle. */
function take(features: FeatureStreams, { journal }: Stores, candle: Candle): CatalogueVector {
  journal.append(candle);
  return features.update(candle);
}

function uninterrupted(candles: readonly Candle[], symbol: string, timeframe: Timeframe): CatalogueVector[] {
  const stores = inMemory();
  const features = new FeatureStreams(stores);
  features.open(symbol, timeframe);
  return candles.map((candle) => take(features, stores, candle));
}

for (const timeframe of ['M1', 'H1', 'D1'] as const) {
  test(`${timeframe}: restarts in mid-stream, from the newest snapshot and the candles since, yield the same vectors bit for bit, seed ${seed}`, () => {
    const candles = walkOfCandles('USDJPY', timeframe, proofCount(20_000), seed);
    const expected = uninterrupted(candles, 'USDJPY', timeframe);
    const random = seededRandom(seed);
    const stores = inMemory();
    let features = new FeatureStreams(stores);
    features.open('USDJPY', timeframe);
    let restarts = 0;
    candles.forEach((candle, at) => {
      assert.deepStrictEqual(take(features, stores, candle), expected[at]);
      if (!random.chance(0.01)) return;
      restarts += 1;
      features = new FeatureStreams(stores);
      const stream = features.open('USDJPY', timeframe);
      assert.deepStrictEqual(stream.recent, expected.slice(Math.max(0, at + 1 - LIMITS.features.recent), at + 1));
      assert.equal(stream.taken, at + 1);
    });
    assert.ok(restarts > 5, `${restarts} restarts`);
  });
}

test(`a node that is killed goes on from what lies on its disk, seed ${seed}`, async () => {
  await using folder = await temporaryFolder();
  const candles = walkOfCandles('EURUSD', 'M1', 900, seed);
  const expected = uninterrupted(candles, 'EURUSD', 'M1');
  const random = seededRandom(seed);
  let at = 0;
  while (at < candles.length) {
    const stores: Stores = { journal: new FileJournal(folder.path), snapshots: new FileSnapshots(folder.path) };
    const features = new FeatureStreams(stores);
    features.open('EURUSD', 'M1');
    const end = Math.min(candles.length, at + 1 + random.int(200));
    for (; at < end; at++) {
      assert.deepStrictEqual(take(features, stores, candles[at] as Candle), expected[at]);
      // Minutes pass between candles: a write that began a few candles ago has ended by now, the newest may not have.
      if (at % 20 === 0) await stores.snapshots.close();
    }
    // Nothing is closed in good order but the file handle: what waits to be written is lost with the process.
    await stores.journal.close();
  }
});

test('an actor that crashed opens its stream without the candles that still wait in its mailbox', () => {
  const stores = inMemory();
  const candles = walkOfCandles('EURUSD', 'M1', 250, seed);
  const expected = uninterrupted(candles, 'EURUSD', 'M1');
  const features = new FeatureStreams(stores);
  features.open('EURUSD', 'M1');
  for (const candle of candles.slice(0, 240)) take(features, stores, candle);
  for (const candle of candles.slice(240)) stores.journal.append(candle);
  features.open('EURUSD', 'M1', candles[239]?.time);
  candles.slice(240).forEach((candle, at) => {
    assert.deepStrictEqual(features.update(candle), expected[240 + at]);
  });
});

test('a snapshot that the journal does not reach back to is not used: candles between would be missing', () => {
  const stores = inMemory();
  const candles = walkOfCandles('EURUSD', 'M1', 1_000, seed);
  const features = new FeatureStreams(stores);
  features.open('EURUSD', 'M1');
  for (const candle of candles.slice(0, 100)) take(features, stores, candle);
  // The journal went on while no snapshots were kept.
  for (const candle of candles.slice(100)) stores.journal.append(candle);
  const restarted = new FeatureStreams(stores);
  assert.equal(restarted.open('EURUSD', 'M1').taken, LIMITS.market.history);
  const [cold] = restarted.coldStarts;
  assert.equal(cold?.candles, LIMITS.market.history);
  assert.ok(cold?.unsettled.includes('ema_200') && !cold.unsettled.includes('sma_200'), 'it says which columns have not settled');
});

test('a snapshot of another catalogue is not used', () => {
  const stores = inMemory();
  const candles = walkOfCandles('EURUSD', 'M1', 50, seed);
  for (const candle of candles) stores.journal.append(candle);
  const good = new FeatureStreams(stores).open('EURUSD', 'M1').snapshot();
  const others: FeatureSnapshot[] = [
    { ...good, version: good.version + 1 },
    { ...good, set: { ...good.set, columns: good.set.columns.map((name, at) => (at === 3 ? 'another' : name)) } },
    { ...good, set: { ...good.set, states: good.set.states.map((state, at) => (at === 3 ? new Float64Array(99) : state)) } },
    { ...good, set: { columns: good.set.columns.slice(1), states: good.set.states.slice(1) } },
  ];
  for (const other of others) {
    stores.snapshots.save('EURUSD', 'M1', other);
    const features = new FeatureStreams(stores);
    assert.deepStrictEqual(
      features.open('EURUSD', 'M1').recent,
      new FeatureStreams(inMemoryOf(candles)).open('EURUSD', 'M1').recent,
    );
    assert.equal(features.coldStarts.length, 1);
  }
});

function inMemoryOf(candles: readonly Candle[]): Stores {
  const stores = inMemory();
  for (const candle of candles) stores.journal.append(candle);
  return stores;
}

test('snapshots are so frequent that neither the candles in memory nor those of a day are outrun', () => {
  assert.deepEqual(
    (['M1', 'M5', 'M15', 'H1', 'H4', 'D1'] as const).map((timeframe) => snapshotEvery(timeframe)),
    [100, 100, 96, 24, 6, 1],
  );
});

test('a view holds its columns and no other, in the catalogue order', () => {
  const view = new ColumnView((column) => column.startsWith('ema_'));
  const vector = Float64Array.from(COLUMNS, (_, place) => place);
  const picked = view.pick(vector);
  assert.deepEqual(
    view.columns,
    COLUMNS.filter((column) => column.startsWith('ema_')),
  );
  assert.deepEqual(
    [...picked.values],
    view.columns.map((column) => COLUMNS.indexOf(column)),
  );
  assert.equal(picked.valueOf('ema_20'), COLUMNS.indexOf('ema_20'));
  assert.equal(picked.valueOf('rsi_14'), undefined);
  assert.throws(() => view.pick(vector.slice(1)), /whole catalogue/);
});
