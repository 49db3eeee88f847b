import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FeatureStream } from '../../src/features/feature-stream.js';
import { loneStream } from '../../src/indicators/candle-stream.js';
import type { Candle } from '../../src/market/candle.js';
import type { FeatureSnapshots } from '../../src/storage/snapshots/snapshots.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

export interface SnapshotsWorld {
  readonly snapshots: FeatureSnapshots;
  /** The same snapshots as another process would find them after this one ended. */
  reopened(): Promise<FeatureSnapshots>;
}

function streamAfter(candles: readonly Candle[]): FeatureStream {
  const stream = new FeatureStream(loneStream('EURUSD', 'M1'));
  for (const candle of candles) stream.update(candle);
  return stream;
}

export function snapshotsContract(name: string, open: () => Promise<SnapshotsWorld & AsyncDisposable>): void {
  test(`${name}: what was saved comes back bit for bit, NaN and −0 too, after a reopening as well`, async () => {
    await using world = await open();
    const snapshot = streamAfter(walkOfCandles('EURUSD', 'M1', 37)).snapshot();
    world.snapshots.save('EURUSD', 'M1', snapshot);
    assert.deepStrictEqual(world.snapshots.latest('EURUSD', 'M1'), snapshot);
    assert.deepStrictEqual((await world.reopened()).latest('EURUSD', 'M1'), snapshot);
  });

  test(`${name}: the newest one counts, and each symbol and timeframe has its own`, async () => {
    await using world = await open();
    const [one, two, three] = [20, 30, 40].map((count) => streamAfter(walkOfCandles('EURUSD', 'M1', count)).snapshot());
    assert.ok(one && two && three);
    world.snapshots.save('EURUSD', 'M1', one);
    world.snapshots.save('EURUSD', 'M5', two);
    world.snapshots.save('EURUSD', 'M1', three);
    for (const snapshots of [world.snapshots, await world.reopened()]) {
      assert.deepStrictEqual(snapshots.latest('EURUSD', 'M1'), three);
      assert.deepStrictEqual(snapshots.latest('EURUSD', 'M5'), two);
      assert.equal(snapshots.latest('USDJPY', 'M1'), undefined);
      assert.equal(snapshots.fault, undefined);
    }
  });

  test(`${name}: a snapshot is of its moment: what the stream does later does not change it`, async () => {
    await using world = await open();
    const candles = walkOfCandles('EURUSD', 'M1', 60);
    const stream = streamAfter(candles.slice(0, 40));
    world.snapshots.save('EURUSD', 'M1', stream.snapshot());
    for (const candle of candles.slice(40)) stream.update(candle);
    const expected = streamAfter(candles.slice(0, 40)).snapshot();
    assert.deepStrictEqual((await world.reopened()).latest('EURUSD', 'M1'), expected);
  });
}
