import assert from 'node:assert/strict';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Spill, type SpillRecord } from '../../../src/storage/writer/spill.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const SIZE = 1_000;

function record(n: number, bytes = 100): SpillRecord {
  return { items: n, fromMs: n * 1_000 + 0.5, toMs: n * 1_000 + 999, body: Buffer.alloc(bytes, n) };
}

async function taken(spill: Spill): Promise<SpillRecord | undefined> {
  const extent = spill.hold();
  return extent && { ...extent, body: await spill.read() };
}

/** All that it gives, taken and removed one by one. */
async function drained(spill: Spill): Promise<SpillRecord[]> {
  const records: SpillRecord[] = [];
  for (let next = await taken(spill); next !== undefined; next = await taken(spill)) {
    records.push(next);
    await spill.removed();
  }
  return records;
}

async function filled(folder: string, count: number, segments = 100): Promise<Spill> {
  const spill = await Spill.open({ folder, segmentBytes: SIZE, segments });
  for (let n = 0; n < count; n++) assert.ok(await spill.append(record(n)));
  return spill;
}

describe('a spill', () => {
  it('gives back what it was given, in order, over many files, and leaves none behind', async () => {
    await using folder = await temporaryFolder();
    const spill = await filled(folder.path, 50);
    assert.ok((await readdir(folder.path)).length > 5);
    assert.equal(spill.items, (49 * 50) / 2);
    assert.deepEqual(
      await drained(spill),
      Array.from({ length: 50 }, (_, n) => record(n)),
    );
    assert.ok(spill.empty && spill.bytes === 0);
    assert.deepEqual(await readdir(folder.path), []);
    assert.ok(await spill.append(record(7)));
    assert.deepEqual(await drained(spill), [record(7)]);
    await spill.close();
  });

  it('is there after a restart, and what was being delivered comes again', async () => {
    await using folder = await temporaryFolder();
    const before = await filled(folder.path, 20);
    before.hold();
    await before.removed();
    before.hold();
    const after = await Spill.open({ folder: folder.path, segmentBytes: SIZE, segments: 100 });
    assert.ok(await after.append(record(20)));
    const all = await drained(after);
    assert.deepEqual(
      all.map(({ items }) => items),
      // The first file still stood, so its delivered record comes again: the sink takes it once.
      Array.from({ length: 21 }, (_, n) => n),
    );
    await Promise.all([before.close(), after.close()]);
  });

  it('cut at every byte of its last record, it loses that record and no other', async () => {
    await using folder = await temporaryFolder();
    const spill = await filled(folder.path, 3);
    await spill.close();
    const [name] = await readdir(folder.path);
    const path = join(folder.path, name as string);
    const whole = await readFile(path);
    const each = whole.length / 3;
    for (let length = 2 * each; length < whole.length; length++) {
      await writeFile(path, whole);
      await truncate(path, length);
      const again = await Spill.open({ folder: folder.path, segmentBytes: SIZE, segments: 100 });
      assert.equal(again.torn, length - 2 * each);
      assert.equal(again.items, 0 + 1);
      assert.equal((await readFile(path)).length, 2 * each);
      await again.close();
    }
  });

  it('a record that was changed on disk is not given out', async () => {
    await using folder = await temporaryFolder();
    const spill = await filled(folder.path, 2);
    await spill.close();
    const [name] = await readdir(folder.path);
    const path = join(folder.path, name as string);
    const bytes = await readFile(path);
    bytes[bytes.length - 1] = 99;
    await writeFile(path, bytes);
    const again = await Spill.open({ folder: folder.path, segmentBytes: SIZE, segments: 100 });
    assert.deepEqual(await drained(again), [record(0)]);
    assert.ok(again.torn > 0);
  });

  it('takes no more than its files, and dropping the oldest leaves a gap that tells of it, in its place', async () => {
    await using folder = await temporaryFolder();
    // Seven records of 129 bytes to a file of 1,000; four files.
    const spill = await filled(folder.path, 28, 4);
    assert.equal(await spill.append(record(28)), false);
    assert.deepEqual(await spill.dropOldest(), { items: 21, fromMs: 0.5, toMs: 6_999 });
    assert.ok(await spill.append(record(28)));
    for (let n = 29; n < 35; n++) assert.ok(await spill.append(record(n)));
    assert.equal(await spill.append(record(35)), false);
    assert.deepEqual(await spill.dropOldest(), { items: 70, fromMs: 7_000.5, toMs: 13_999 });
    const reopened = await Spill.open({ folder: folder.path, segmentBytes: SIZE, segments: 4 });
    for (const one of [spill, reopened]) {
      assert.deepEqual(await taken(one), { items: 91, fromMs: 0.5, toMs: 13_999, body: undefined });
      one.release();
    }
    assert.deepEqual(
      (await drained(reopened)).map(({ items }) => items),
      [91, ...Array.from({ length: 21 }, (_, n) => 14 + n)],
    );
    await Promise.all([spill.close(), reopened.close()]);
  });

  it('does not drop the file of a record that is being delivered, nor the one that is being written', async () => {
    await using folder = await temporaryFolder();
    const spill = await filled(folder.path, 14, 4);
    assert.deepEqual(spill.hold()?.items, 0);
    assert.equal(await spill.dropOldest(), undefined);
    spill.release();
    assert.equal((await spill.dropOldest())?.items, 21);
    assert.equal(await spill.dropOldest(), undefined);
    await spill.close();
  });
});
