import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../../src/storage/patterns/embedded/embedded-patterns.js';
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

test('a log that is mostly of the past is written anew when it is opened, and says the same', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, FILE);
  const random = seeded('past');
  const items = Array.from({ length: 60 }, (_, at) => ({ item: pattern(`item ${at}`), vector: randomVector(random) }));
  const store = await EmbeddedPatterns.open(folder.path, systemClock);
  for (let round = 0; round < 40; round++) {
    const trades = items.map(({ item, vector }) => ({ item: { ...item, trades: round }, vector }));
    await store.put(TENANT, 'patterns', trades);
  }
  await store.remove(TENANT, 'patterns', [idOf('item 7')]);
  const before = await stateOf(store);
  await store.close();
  const length = statSync(path).size;
  // What a kill in the middle of an earlier rewriting left.
  writeFileSync(`${path}.tmp`, readFileSync(path).subarray(0, 1_000));
  const again = await EmbeddedPatterns.open(folder.path, systemClock);
  assert.equal(await stateOf(again), before);
  assert.ok(statSync(path).size < length / 20, `${statSync(path).size} of ${length}`);
  assert.equal(existsSync(`${path}.tmp`), false);
  await again.put(TENANT, 'patterns', [{ item: pattern('item 0', { trades: 77 }), vector: axis(0) }]);
  const after = await stateOf(again);
  await again.close();
  const third = await EmbeddedPatterns.open(folder.path, systemClock);
  assert.equal(await stateOf(third), after);
  await third.close();
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
