import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../../src/storage/patterns/embedded/embedded-patterns.js';
import { readRecords } from '../../../src/storage/patterns/embedded/log-records.js';
import { OperationLog } from '../../../src/storage/patterns/embedded/operation-log.js';
import type { PatternStore } from '../../../src/storage/patterns/patterns.js';
import { axis, idOf, pattern, randomVector, seeded, sighting } from '../../contracts/patterns-world.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const TENANT = 'tenant-a';
const FILE = join('patterns', TENANT, 'patterns.log');

type Operation = (store: PatternStore) => Promise<unknown>;

/** Of every kind: a new pattern, a merged one, outcomes, one that is replaced, several at once, some removed. */
function operations(): Operation[] {
  const outcome = (at: number) => ({ signalId: `s${at}`, won: at % 2 === 0, profitPips: 2.5 * at, atMs: at });
  return [
    (store) => store.keep(TENANT, { item: sighting('one'), vector: axis(1) }),
    (store) => store.keep(TENANT, { item: sighting('like one', { createdAtMs: Date.UTC(2027, 0) }), vector: axis(1) }),
    (store) => store.recordOutcome(TENANT, idOf('one'), outcome(1)),
    (store) => store.put(TENANT, 'patterns', [{ item: pattern('two'), vector: axis(2) }]),
    (store) => store.put(TENANT, 'patterns', [{ item: pattern('two', { trades: 3 }), vector: axis(3) }]),
    (store) => store.recordOutcome(TENANT, idOf('one'), outcome(2)),
    (store) => store.remove(TENANT, 'patterns', [idOf('two')]),
    (store) => store.put(TENANT, 'patterns', [{ item: pattern('three', { trades: 1 }), vector: axis(4) }]),
  ];
}

/** All that can be asked of a tenant, as text. */
async function stateOf(store: PatternStore): Promise<string> {
  const page = await store.page(TENANT, 'patterns');
  const near = await store.nearest(TENANT, 'patterns', axis(1), { count: 9 });
  return JSON.stringify([page.map(({ item, vector }) => [item, [...vector]]), near]);
}

/** The file after all operations, and after each of them its length and the state. */
async function written(): Promise<{ bytes: Buffer; lengths: number[]; states: string[] }> {
  await using folder = await temporaryFolder();
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  const path = join(folder.path, FILE);
  const [lengths, states] = [[0], [await stateOf(store)]];
  for (const operation of operations()) {
    await operation(store);
    lengths.push(statSync(path).size);
    states.push(await stateOf(store));
  }
  await store.close();
  return { bytes: readFileSync(path), lengths, states };
}

async function withFile(bytes: Uint8Array, look: (store: EmbeddedPatterns, path: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder();
  const path = join(folder.path, FILE);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  await look(store, path);
  await store.close();
}

test('a log cut at any byte is the state after the operations that are whole, and goes on from there', async () => {
  const { bytes, lengths, states } = await written();
  assert.equal(new Set(states).size, states.length, 'each operation changes the state');
  const byBoundary = (cut: number): boolean => lengths.some((length) => Math.abs(length - cut) <= 1);
  for (let cut = 0; cut <= bytes.length; cut++) {
    if (process.env.SUHO_PROOF === undefined && cut % 37 !== 0 && !byBoundary(cut)) continue;
    await withFile(bytes.subarray(0, cut), async (store, path) => {
      const whole = lengths.findLastIndex((length) => length <= cut);
      assert.equal(await stateOf(store), states[whole], `cut at ${cut}`);
      assert.equal(statSync(path).size, lengths[whole], `cut at ${cut}`);
      await store.put(TENANT, 'patterns', [{ item: pattern('next'), vector: axis(9) }]);
      await store.close();
      const again = await EmbeddedPatterns.open(join(path, '../../..'), systemClock);
      assert.equal((await again.get(TENANT, 'patterns', idOf('next')))?.item.id, idOf('next'), `cut at ${cut}`);
      await again.close();
    });
  }
});

test('a byte changed anywhere before the last record is refused in a sentence, and nothing is cut off', async () => {
  const { bytes, lengths } = await written();
  const last = lengths.at(-2) as number;
  const step = process.env.SUHO_PROOF ? 1 : 13;
  for (let at = 0; at < last; at += step) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 0x40;
    await withFile(damaged, async (store, path) => {
      await assert.rejects(stateOf(store), { code: 'JOURNAL_DAMAGED', message: /patterns\.log is damaged at byte \d+; restore/ });
      assert.match(store.fault ?? '', /^patterns of tenant-a: .* is damaged at byte/);
      assert.equal(await store.ready(), false);
      assert.deepEqual(readFileSync(path), damaged, `byte ${at}`);
      // Others go on; and so does this one, once the file is gone.
      await store.put('tenant-b', 'patterns', [{ item: pattern('one'), vector: axis(0) }]);
      writeFileSync(path, bytes);
      await stateOf(store);
      assert.equal(store.fault, undefined);
    });
  }
});

test('a last record that is damaged is cut off like a torn one', async () => {
  const { bytes, lengths, states } = await written();
  const last = lengths.at(-2) as number;
  for (let at = last; at < bytes.length; at += process.env.SUHO_PROOF ? 1 : 29) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 0x10;
    await withFile(damaged, async (store) => assert.equal(await stateOf(store), states.at(-2), `byte ${at}`));
  }
});

test('a log is written anew while it goes on, so that it stays short, and says the same', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, FILE);
  const random = seeded('past');
  const items = Array.from({ length: 60 }, (_, at) => ({ item: pattern(`item ${at}`), vector: randomVector(random) }));
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  let longest = 0;
  for (let round = 0; round < 120; round++) {
    const trades = items.map(({ item, vector }) => ({ item: { ...item, trades: round }, vector }));
    await store.put(TENANT, 'patterns', trades);
    longest = Math.max(longest, statSync(path).size);
  }
  // 120 × 60 records of some 800 bytes: five times a megabyte was written.
  assert.ok(longest < 2 * 1_048_576, `${longest} bytes`);
  await store.remove(TENANT, 'patterns', [idOf('item 7')]);
  const before = await stateOf(store);
  await store.close();
  assert.equal(existsSync(`${path}.tmp`), false);
  // What a kill in the middle of it leaves.
  writeFileSync(`${path}.tmp`, readFileSync(path).subarray(0, 1_000));
  const again = await EmbeddedPatterns.open(folder.path, systemClock);
  assert.equal(await stateOf(again), before);
  for (let round = 0; round < 60; round++) await again.put(TENANT, 'patterns', items);
  const after = await stateOf(again);
  await again.close();
  assert.equal(existsSync(`${path}.tmp`), false);
  const third = await EmbeddedPatterns.open(folder.path, systemClock);
  assert.equal(await stateOf(third), after);
  await third.close();
});

test('what was answered while a log is written anew is in the file under its name at that moment', async () => {
  const random = seeded('anew');
  for (let round = 0; round < 20; round++) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'some.log');
    const read = async (take: (key: number, value: number) => void): Promise<OperationLog> =>
      OperationLog.open(path, (body) => take(body.readUInt32LE(0), body.readUInt32LE(4)));
    const bodyOf = (key: number, value: number): Buffer => {
      const body = Buffer.alloc(600);
      body.writeUInt32LE(key, 0);
      body.writeUInt32LE(value, 4);
      return body;
    };
    const log = await read(() => {});
    const state = new Map<number, number>();
    const append = (key: number, value: number): void => {
      log.append([bodyOf(key, value)]);
      state.set(key, value);
    };
    for (let at = 0; at < 400; at++) append(at % 300, at);
    await log.synced();
    const present = function* (): Generator<Buffer> {
      for (const [key, value] of state) yield bodyOf(key, value);
    };
    let going = true;
    const rewritten = log.rewrite(present()).finally(() => {
      going = false;
    });
    for (let value = 1_000; going; value++) {
      for (let many = random.int(4); many >= 0; many--) append(random.int(300), value);
      const asked = new Map(state);
      await log.synced();
      copyFileSync(path, `${path}.copy`);
      const found = new Map<number, number>();
      await readRecords(`${path}.copy`, (body) => found.set(body.readUInt32LE(0), body.readUInt32LE(4)));
      // One writer: what is there is what was answered.
      assert.deepEqual(new Map([...found].sort()), new Map([...asked].sort()));
    }
    await rewritten;
    append(7, 9_999);
    await log.close();
    const found = new Map<number, number>();
    const again = await read((key, value) => found.set(key, value));
    assert.deepEqual(new Map([...found].sort()), new Map([...state].sort()));
    assert.ok(again.length < 400 * 608 + 608, `${again.length} bytes`);
    await again.close();
  }
});

test('when the new file cannot take the old one’s name, nothing is answered that is not in the old one', async () => {
  for (let round = 0; round < 12; round++) {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'some.log');
    const log = await OperationLog.open(path, () => {});
    for (let at = 0; at < 50; at++) log.append([Buffer.alloc(8_000, 1)]);
    await log.synced();
    const present = function* (): Generator<Buffer> {
      yield Buffer.alloc(8_000, 1);
      rmSync(`${path}.tmp`);
    };
    let going = true;
    const rewritten = assert.rejects(log.rewrite(present()), { code: 'ENOENT' }).finally(() => {
      going = false;
    });
    const answered: number[] = [];
    const asked: Promise<void>[] = [];
    for (let value = 1; going; value++) {
      const body = Buffer.alloc(600);
      body.writeUInt32LE(value);
      if (!log.failed) log.append([body]);
      asked.push(
        log.synced().then(
          () => void answered.push(value),
          () => {},
        ),
      );
      await new Promise(setImmediate);
    }
    await rewritten;
    await Promise.all(asked);
    assert.equal(log.failed, true);
    await log.close();
    const found = new Set<number>();
    await readRecords(path, (body) => found.add(body.readUInt32LE(0)));
    for (const value of answered) assert.ok(found.has(value), `${value} was answered`);
  }
});

test('a log is not written anew while it is copied', async () => {
  await using folder = await temporaryFolder();
  const log = await OperationLog.open(join(folder.path, 'some.log'), () => {});
  log.append([Buffer.alloc(600, 1)]);
  const copied = log.copyTo(join(folder.path, 'copy.log'));
  assert.equal(log.resting, false);
  assert.equal(await copied, 608);
  assert.equal(log.resting, true);
  await log.close();
});

test('a tail of zeros, as a power cut may leave it, is cut off', async () => {
  const { bytes, lengths, states } = await written();
  for (const zeros of [1, 8, 4_096, 100_000]) {
    await withFile(Buffer.concat([bytes, Buffer.alloc(zeros)]), async (store, path) => {
      assert.equal(await stateOf(store), states.at(-1), `${zeros} zeros`);
      assert.equal(statSync(path).size, lengths.at(-1));
    });
  }
});

test('a disk that did not keep what it took is not trusted: the log is opened anew, and written anew before anything is added', {
  skip: process.platform === 'win32' && 'Windows has no device that takes writes and keeps none',
}, async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, FILE);
  mkdirSync(join(path, '..'), { recursive: true });
  // It takes every write, and fdatasync of it fails.
  symlinkSync('/dev/null', path);
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  const one = { item: sighting('one'), vector: axis(1) };
  await assert.rejects(store.keep(TENANT, one), { code: 'FILE_UNREADABLE', message: /could not be kept/ });
  assert.match(store.fault ?? '', /^patterns of tenant-a: .*could not be kept/);
  assert.equal(await store.get(TENANT, 'patterns', one.item.id), undefined, 'what was not kept is not there');
  assert.deepEqual(await store.keep(TENANT, one), { id: one.item.id, merged: false });
  assert.equal(store.fault, undefined);
  assert.equal(lstatSync(path).isSymbolicLink(), false, 'another file has taken its place');
  const before = await stateOf(store);
  await store.close();
  const again = await EmbeddedPatterns.open(folder.path, systemClock);
  assert.equal(await stateOf(again), before);
  await again.close();
});

test('a folder that takes no files is a fault in a sentence, and goes with it', async () => {
  await using folder = await temporaryFolder();
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  writeFileSync(join(folder.path, 'patterns', TENANT), 'in the way');
  await assert.rejects(store.keep(TENANT, { item: sighting('one'), vector: axis(0) }), { code: 'FILE_UNREADABLE' });
  assert.match(store.fault ?? '', /^patterns of tenant-a: .*(ENOTDIR|EEXIST)/);
  assert.equal(await store.ready(), false);
  await store.keep('tenant-b', { item: sighting('one'), vector: axis(0) });
  assert.equal(await store.ready(), false, 'another tenant’s success does not make this one well');
  await store.deleteTenant(TENANT);
  assert.deepEqual(await store.keep(TENANT, { item: sighting('one'), vector: axis(0) }), { id: idOf('one'), merged: false });
  assert.equal(store.fault, undefined);
  await store.close();
});

test('a tenant that was being removed when the process was killed is gone at the next start', async () => {
  await using folder = await temporaryFolder();
  mkdirSync(join(folder.path, 'patterns', '.leaving-tenant-a'), { recursive: true });
  writeFileSync(join(folder.path, 'patterns', '.leaving-tenant-a', 'patterns.log'), 'rest');
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  assert.equal(existsSync(join(folder.path, 'patterns', '.leaving-tenant-a')), false);
  await store.close();
});

test('asking about a tenant that has nothing leaves no file behind', async () => {
  await using folder = await temporaryFolder();
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  assert.deepEqual(await store.nearest('nobody', 'patterns', axis(0), { count: 1 }), []);
  await store.close();
  assert.equal(existsSync(join(folder.path, 'patterns', 'nobody')), false);
});
