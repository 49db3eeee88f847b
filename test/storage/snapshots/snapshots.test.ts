import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FeatureStream } from '../../../src/features/feature-stream.js';
import { loneStream } from '../../../src/indicators/candle-stream.js';
import type { Candle } from '../../../src/market/candle.js';
import { FileSnapshots, packSnapshot, unpackSnapshot } from '../../../src/storage/snapshots/file-snapshots.js';
import { MemorySnapshots } from '../../../src/storage/snapshots/memory-snapshots.js';
import { snapshotsContract } from '../../contracts/snapshots.contract.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { walkOfCandles } from '../../support/walk-of-candles.js';

snapshotsContract('in memory', async () => {
  const snapshots = new MemorySnapshots();
  return { snapshots, reopened: async () => snapshots, [Symbol.asyncDispose]: async () => {} };
});

snapshotsContract('on disk', async () => {
  const folder = await temporaryFolder();
  const snapshots = new FileSnapshots(folder.path);
  const reopened = async (): Promise<FileSnapshots> => {
    await snapshots.close();
    return new FileSnapshots(folder.path);
  };
  return { snapshots, reopened, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
});

function anySnapshot() {
  const stream = new FeatureStream(loneStream('EURUSD', 'M1'));
  for (const candle of walkOfCandles('EURUSD', 'M1', 30)) stream.update(candle);
  return stream.snapshot();
}

test('a file cut short anywhere, or with a bit turned, is as if there were none', async () => {
  const bytes = packSnapshot(anySnapshot());
  assert.deepStrictEqual(unpackSnapshot(bytes), anySnapshot());
  const step = Math.ceil(bytes.length / 300);
  for (let at = 0; at < bytes.length; at += step) {
    assert.equal(unpackSnapshot(bytes.subarray(0, at)), undefined);
    const turned = Buffer.from(bytes);
    turned[at] = (turned[at] as number) ^ 1;
    assert.equal(unpackSnapshot(turned), undefined, `byte ${at}`);
  }
  await using folder = await temporaryFolder();
  const snapshots = new FileSnapshots(folder.path);
  writeFileSync(join(folder.path, 'snapshots', 'EURUSD.M1.bin'), bytes.subarray(0, bytes.length - 1));
  assert.equal(snapshots.latest('EURUSD', 'M1'), undefined);
});

test('the file in its place is whole at every moment, and nothing is left beside it', async () => {
  await using folder = await temporaryFolder();
  const snapshots = new FileSnapshots(folder.path);
  const stream = new FeatureStream(loneStream('EURUSD', 'M1'));
  const path = join(folder.path, 'snapshots', 'EURUSD.M1.bin');
  const candles = walkOfCandles('EURUSD', 'M1', 40);
  let seen = 0;
  for (let at = 0; seen < 30 && at < 20_000; at++) {
    stream.update(candles[at % candles.length] as Candle);
    snapshots.save('EURUSD', 'M1', stream.snapshot());
    await new Promise(setImmediate);
    if (!existsSync(path)) continue;
    seen += 1;
    assert.notEqual(unpackSnapshot(readFileSync(path)), undefined);
  }
  await snapshots.close();
  assert.equal(seen, 30);
  assert.deepEqual(readdirSync(join(folder.path, 'snapshots')), ['EURUSD.M1.bin']);
  assert.deepStrictEqual(new FileSnapshots(folder.path).latest('EURUSD', 'M1'), stream.snapshot());
});

test('a folder that takes no files is a fault that is told, and gone once it does', async () => {
  await using folder = await temporaryFolder();
  const snapshots = new FileSnapshots(folder.path);
  const blocked = join(folder.path, 'snapshots', 'EURUSD.M1.bin.tmp');
  mkdirSync(blocked);
  snapshots.save('EURUSD', 'M1', anySnapshot());
  await snapshots.close();
  assert.match(snapshots.fault ?? '', /snapshots are not kept/);
  rmdirSync(blocked);
  snapshots.save('EURUSD', 'M1', anySnapshot());
  await snapshots.close();
  assert.equal(snapshots.fault, undefined);
});
