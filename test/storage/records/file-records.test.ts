import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { FileRecords } from '../../../src/storage/records/file-records.js';
import { until } from '../../support/actors.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const RECORDS = { 'trees-m1@1/15m': { all: { told: 10, right: 6 }, regimes: { QUIET: { told: 2, right: 1 } } } };

describe('how right models were', () => {
  it('is there after a start, by timeframe', async () => {
    await using folder = await temporaryFolder();
    const first = new FileRecords(folder.path, new SteppedClock(0));
    assert.deepEqual(first.read('M1'), {});
    first.write('M1', RECORDS);
    assert.deepEqual(first.read('M1'), RECORDS);
    await first.close();
    const second = new FileRecords(folder.path, new SteppedClock(0));
    assert.deepEqual([second.read('M1'), second.read('M5'), second.fault], [RECORDS, {}, undefined]);
    await second.close();
  });

  it('is written a while after it changed, and not each time', async () => {
    await using folder = await temporaryFolder();
    const clock = new SteppedClock(0);
    const records = new FileRecords(folder.path, clock);
    const path = join(folder.path, 'model-records.json');
    for (const told of [1, 2, 3]) records.write('M1', { m: { all: { told, right: 1 }, regimes: {} } });
    await assert.rejects(readFile(path), { code: 'ENOENT' });
    clock.advanceTo(LIMITS.inference.recordsMs);
    await until(async () => (await readFile(path, 'utf8').catch(() => '')).includes('"told":3'), 'it is written');
    await records.close();
  });

  for (const text of [
    '{',
    'null',
    '[]',
    '{"M1":{"m":{"all":{"told":1,"right":2},"regimes":{}}}}',
    '{"M1":{"m":null}}',
    '{"M1":7}',
  ])
    it(`of ${text} nothing is believed`, async () => {
      await using folder = await temporaryFolder();
      await writeFile(join(folder.path, 'model-records.json'), text);
      const records = new FileRecords(folder.path, new SteppedClock(0));
      assert.deepEqual(records.read('M1'), {});
      await records.close();
    });

  it('that cannot be written is a fault, and goes on in memory', async () => {
    await using folder = await temporaryFolder();
    const records = new FileRecords(folder.path, new SteppedClock(0));
    await folder[Symbol.asyncDispose]();
    records.write('M1', RECORDS);
    await records.close();
    assert.match(records.fault ?? '', /^records of models are not kept: /);
    assert.deepEqual(records.read('M1'), RECORDS);
  });
});
