import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { untilIdle } from '../../../src/runtime/activity.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { ItemsRefused } from '../../../src/storage/writer/sink.js';
import { freshSeed, proofCount } from '../../support/price-paths.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { type Mood, numbers, openWriter, ScriptedSink, SMALL, until } from './scripted-sink.js';

describe('a batch writer', () => {
  it('hands over a full batch at once, and a small one when its first item is old enough', async () => {
    await using folder = await temporaryFolder();
    const { clock, activity, sink, writer } = await openWriter(folder.path);
    for (const n of numbers(0, 10)) assert.ok(writer.offer(n));
    await untilIdle(activity);
    assert.deepEqual(sink.stored, numbers(0, 10));
    writer.offer(10);
    clock.advanceTo(4_999);
    await untilIdle(activity);
    assert.equal(sink.stored.length, 10);
    clock.advanceTo(5_000);
    await untilIdle(activity);
    assert.deepEqual(sink.stored, numbers(0, 11));
    assert.deepEqual(
      sink.batches.map(({ items, fromMs, toMs }) => [items, fromMs, toMs]),
      [
        [10, 0, 0],
        [1, 0, 0],
      ],
    );
    await writer.close();
  });

  it('touches no disk while the store is well', async () => {
    await using folder = await temporaryFolder();
    const { activity, sink, spill, writer } = await openWriter(folder.path);
    for (const n of numbers(0, 1_000)) {
      writer.offer(n);
      if (n % 10 === 9) await untilIdle(activity);
    }
    assert.ok(spill.empty);
    await writer.close();
    assert.deepEqual(sink.stored, numbers(0, 1_000));
  });

  it('a store that is down for a simulated minute under load: nothing lost, order kept, memory bounded', async () => {
    await using folder = await temporaryFolder();
    const limits = { ...SMALL, segment: 100_000 };
    const world = await openWriter(folder.path, { limits });
    const { clock, activity, sink, writer } = world;
    let offered = 0;
    let mostQueued = 0;
    const load = async (untilMs: number): Promise<void> => {
      while (clock.nowMs() < untilMs) {
        for (let item = 0; item < 5; item++) assert.ok(writer.offer(offered++));
        clock.advanceTo(clock.nowMs() + 50);
        mostQueued = Math.max(mostQueued, writer.figures.queued);
        await untilIdle(activity);
      }
    };
    await load(5_000);
    assert.ok(sink.stored.length > 0);
    sink.mood = 'down';
    const before = sink.stored.length;
    await load(65_000);
    assert.equal(sink.stored.length, before);
    assert.equal(writer.fault, 'the store is down');
    // The breaker: tried a few times at first, then once in five seconds.
    assert.ok(writer.figures.failures >= 10 && writer.figures.failures <= 20, `${writer.figures.failures} tries`);
    sink.mood = 'well';
    await load(80_000);
    await until(world, () => sink.stored.length === offered);
    assert.equal(offered, 8_000);
    assert.deepEqual(sink.stored, numbers(0, offered));
    assert.equal(writer.fault, undefined);
    assert.ok(mostQueued <= SMALL.queue, `${mostQueued} in memory`);
    const { dropped, refused, written, spilled } = writer.figures;
    assert.deepEqual({ dropped, refused, written, spilled }, { dropped: 0, refused: 0, written: offered, spilled: 0 });
    await writer.close();
  });

  it('a batch whose answer was lost comes again as it was', async () => {
    await using folder = await temporaryFolder();
    const world = await openWriter(folder.path);
    const { sink, writer } = world;
    sink.mood = 'lost answer';
    for (const n of numbers(0, 25)) writer.offer(n);
    await until(world, () => sink.calls >= 4);
    sink.mood = 'well';
    await until(world, () => sink.stored.length >= 25);
    await writer.close();
    assert.deepEqual(sink.stored, numbers(0, 25));
  });

  it('behind a store that hangs, what waits goes to disk, behind the batch that hangs', async () => {
    await using folder = await temporaryFolder();
    const world = await openWriter(folder.path, { limits: { ...SMALL, segment: 100_000 } });
    const { activity, sink, spill, writer } = world;
    sink.mood = 'hangs';
    for (const n of numbers(0, 500)) {
      writer.offer(n);
      if (n % 10 === 9) await untilIdle(activity);
    }
    await until(world, () => writer.figures.queued < SMALL.batchItems);
    assert.equal(sink.calls, 1);
    assert.equal(spill.items, 500);
    sink.goOn('well');
    await until(world, () => sink.stored.length === 500);
    assert.deepEqual(sink.stored, numbers(0, 500));
    await writer.close();
  });

  it('killed while the store is down, the next one delivers what was on disk, in order, before what is new', async () => {
    await using folder = await temporaryFolder();
    const first = await openWriter(folder.path);
    first.sink.mood = 'down';
    for (const n of numbers(0, 57)) first.writer.offer(n);
    await until(first, () => first.spill.items === 57);
    const second = await openWriter(folder.path);
    for (const n of numbers(57, 67)) second.writer.offer(n);
    await until(second, () => second.sink.stored.length === 67);
    assert.deepEqual(second.sink.stored, numbers(0, 67));
    await second.writer.close();
    await first.spill.close();
  });

  it('closed while the store is down, it leaves everything on disk', async () => {
    await using folder = await temporaryFolder();
    const first = await openWriter(folder.path);
    first.sink.mood = 'down';
    for (const n of numbers(0, 33)) first.writer.offer(n);
    await first.writer.close();
    const second = await openWriter(folder.path);
    await until(second, () => second.sink.stored.length === 33);
    assert.deepEqual(second.sink.stored, numbers(0, 33));
    await second.writer.close();
  });

  it('with the disk full, droppable items lose their oldest file: counted, and the gap marked in its place', async () => {
    await using folder = await temporaryFolder();
    const world = await openWriter(folder.path, { limits: { ...SMALL, segment: 300, segments: 4 } });
    const { sink, spill, writer } = world;
    for (const n of numbers(0, 10)) writer.offer(n);
    await until(world, () => sink.stored.length === 10);
    sink.mood = 'down';
    for (const n of numbers(10, 1_000)) {
      assert.ok(writer.offer(n));
      if (n % 10 === 9) await until(world, () => writer.figures.queued < SMALL.batchItems, 1);
    }
    await until(world, () => writer.figures.queued === 0);
    const { dropped } = writer.figures;
    assert.ok(dropped > 500 && spill.bytes <= 300 * 6, `${dropped} dropped, ${spill.bytes} bytes`);
    sink.mood = 'well';
    await until(world, () => sink.stored.length + dropped === 1_000);
    await writer.close();
    assert.deepEqual(sink.stored, [...numbers(0, 10), ...numbers(10 + dropped, 1_000)]);
    assert.equal(sink.gaps.length, 1);
    assert.deepEqual([sink.gaps[0]?.afterItems, sink.gaps[0]?.gap.items], [10, dropped]);
  });

  it('with the disk full, kept items are refused once memory is full too, and `full` says so before', async () => {
    await using folder = await temporaryFolder();
    const limits = { ...SMALL, segment: 300, segments: 4 };
    const world = await openWriter(folder.path, { loss: 'kept', limits });
    const { clock, activity, sink, writer } = world;
    sink.mood = 'down';
    let taken = 0;
    let saidFull = false;
    for (; writer.offer(taken); taken++) {
      saidFull ||= writer.full;
      assert.ok(taken < 1_000, 'it refuses at last');
      if (taken % 10 !== 9) continue;
      clock.advanceTo(clock.nowMs() + 100);
      await untilIdle(activity);
    }
    assert.ok(saidFull && writer.full);
    assert.equal(writer.figures.dropped, 0);
    sink.mood = 'well';
    await until(world, () => sink.stored.length === taken);
    assert.deepEqual(sink.stored, numbers(0, taken));
    assert.ok(!writer.full && writer.offer(taken));
    await writer.close();
    assert.equal(sink.stored.length, taken + 1);
  });

  it('without a disk, droppable items are bounded by memory alone, the gap in its place', async () => {
    await using folder = await temporaryFolder();
    const world = await openWriter(folder.path);
    const { sink, spill, writer } = world;
    spill.append = () => Promise.reject(new Error('no space left'));
    sink.mood = 'down';
    for (const n of numbers(0, 10)) writer.offer(n);
    await until(world, () => writer.fault !== undefined);
    for (const n of numbers(10, 200)) writer.offer(n);
    const { dropped, queued } = writer.figures;
    assert.ok(queued <= SMALL.queue && dropped >= 90, `${queued} queued, ${dropped} dropped`);
    sink.mood = 'well';
    await until(world, () => sink.stored.length + dropped === 200);
    assert.deepEqual(sink.stored, [...numbers(0, 10), ...numbers(10 + dropped, 200)]);
    assert.deepEqual(
      sink.gaps.map(({ gap, afterItems }) => [gap.items, afterItems]),
      [[dropped, 10]],
    );
    await writer.close();
  });

  it('what cannot be read back from the disk is a gap, told in its place, and the rest goes on', async () => {
    await using folder = await temporaryFolder();
    const world = await openWriter(folder.path, { limits: { ...SMALL, segment: 100 } });
    const { sink, spill, writer } = world;
    sink.mood = 'down';
    for (const n of numbers(0, 30)) writer.offer(n);
    await until(world, () => spill.items === 30);
    const [, second] = (await readdir(folder.path)).sort();
    await writeFile(join(folder.path, second as string), 'not what was written');
    sink.mood = 'well';
    await until(world, () => sink.stored.length === 20);
    await writer.close();
    assert.deepEqual(sink.stored, [...numbers(0, 10), ...numbers(20, 30)]);
    assert.deepEqual(
      sink.gaps.map(({ gap, afterItems }) => [gap.items, afterItems]),
      [[10, 10]],
    );
    assert.equal(writer.figures.dropped, 10);
  });

  it('what is refused for good does not hold up the rest', async () => {
    await using folder = await temporaryFolder();
    const sink = new ScriptedSink();
    const write = sink.write.bind(sink);
    sink.write = async (batch) => {
      if (batch.list.includes(5)) throw new ItemsRefused(3, 'three are no good');
      await write(batch);
    };
    const world = await openWriter(folder.path, { sink });
    const { writer } = world;
    for (const n of numbers(0, 20)) writer.offer(n);
    await until(world, () => sink.stored.length === 10);
    assert.deepEqual(sink.stored, numbers(10, 20));
    const { written, refused } = writer.figures;
    assert.deepEqual([written, refused, writer.fault], [17, 3, undefined]);
    await writer.close();
  });

  it('whatever the store does, and whenever the process dies, each item on disk or delivered is there once, in order', async () => {
    const seed = freshSeed();
    for (let number = 0; number < proofCount(200); number++) {
      const random = seededRandom(`${seed}/${number}`);
      await using folder = await temporaryFolder();
      const sink = new ScriptedSink();
      const limits = { ...SMALL, segment: 100 + random.int(400), segments: 1_000 };
      const chance = random.fork('writer');
      let world = await openWriter(folder.path, { sink, limits, random: chance });
      const { clock } = world;
      const moods: readonly Mood[] = ['well', 'down', 'lost answer', 'hangs'];
      const expected: number[] = [];
      for (let step = 0; step < 150; step++) {
        for (let item = random.int(8); item > 0; item--) {
          expected.push(expected.length);
          assert.ok(world.writer.offer(expected.length - 1));
        }
        if (random.chance(0.1)) sink.goOn(moods[random.int(moods.length)] as Mood);
        clock.advanceTo(clock.nowMs() + random.int(2_000));
        // Most steps find the disk at rest, some find it at work.
        if (random.chance(0.8)) await untilIdle(world.activity);
        if (!random.chance(0.02)) continue;
        // An orderly end with the store away, and a new start over the same disk.
        sink.goOn('down');
        await world.writer.close();
        world = await openWriter(folder.path, { sink, limits, random: chance }, clock);
      }
      sink.goOn('well');
      const { writer, spill } = world;
      await until(world, () => sink.stored.length >= expected.length && spill.empty);
      assert.deepEqual(sink.stored, expected, `SUHO_TEST_SEED=${seed}, world ${number}`);
      assert.equal(writer.figures.dropped, 0);
      await writer.close();
    }
  });
});
