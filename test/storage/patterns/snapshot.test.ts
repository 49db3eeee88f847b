import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../../../src/runtime/clock.js';
import { EmbeddedPatterns } from '../../../src/storage/patterns/embedded/embedded-patterns.js';
import { axis, correlation, idOf, pattern, randomVector, seeded, sighting } from '../../contracts/patterns-world.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { TENANT, tradesAfter, tradesOf, write } from './numbered-writes.js';

async function copyOf(store: EmbeddedPatterns, home: string, name: string): Promise<string> {
  const to = join(home, name);
  const { failed } = await store.snapshotTo(join(to, 'patterns'));
  assert.deepEqual(failed, new Map());
  return to;
}

test('a copy taken amid writes is what the first of them made, all that were answered before it among them', async () => {
  await using folder = await temporaryFolder();
  const store = await EmbeddedPatterns.open(join(folder.path, 'node'), systemClock);
  let [answered, writing] = [0, true];
  const writes = (async () => {
    for (; writing; answered++) await write(store, answered);
  })();
  for (let round = 0; round < 6; round++) {
    for (const wanted = answered + 40; answered < wanted; ) await new Promise(setImmediate);
    const before = answered;
    const to = await copyOf(store, folder.path, `copy ${round}`);
    const copy = await EmbeddedPatterns.open(to, systemClock);
    const found = JSON.stringify([...(await tradesOf(copy))].sort());
    const made = Array.from({ length: answered + 2 - before }, (_, at) => before + at).find(
      (count) => JSON.stringify([...tradesAfter(count)].sort()) === found,
    );
    assert.ok(made !== undefined, `after ${before} answered writes the copy holds what no first writes made`);
    // It is a store like any other.
    await copy.put(TENANT, 'patterns', [{ item: pattern('new'), vector: axis(1) }]);
    await copy.close();
  }
  writing = false;
  await writes;
  assert.deepEqual(await tradesOf(store), tradesAfter(answered));
  await store.close();
});

test('a copy taken while the log is written anew is whole', async () => {
  await using folder = await temporaryFolder();
  const store = await EmbeddedPatterns.open(join(folder.path, 'node'), systemClock);
  const random = seeded('copied');
  const items = Array.from({ length: 60 }, (_, at) => ({ item: pattern(`item ${at}`), vector: randomVector(random) }));
  const copies: Promise<void>[] = [];
  for (let round = 0; round < 80; round++) {
    await store.put(
      TENANT,
      'patterns',
      items.map(({ item, vector }) => ({ item: { ...item, trades: round }, vector })),
    );
    if (round % 4 === 3)
      copies.push(
        (async () => {
          const copy = await EmbeddedPatterns.open(await copyOf(store, folder.path, `copy ${round}`), systemClock);
          const trades = await tradesOf(copy);
          assert.equal(trades.size, items.length);
          assert.ok(Math.min(...trades.values()) >= round, `${Math.min(...trades.values())} trades, not ${round}`);
          await copy.close();
        })(),
      );
  }
  await Promise.all(copies);
  await store.close();
});

test('a copy has every collection of every tenant, open or not, without torn tails and what is being removed', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'node');
  const first = await EmbeddedPatterns.open(home, systemClock);
  for (const tenant of ['shut', 'open']) {
    await first.put(tenant, 'patterns', [{ item: pattern(`p ${tenant}`), vector: axis(0) }]);
    await first.put(tenant, 'correlations', [{ item: correlation(`c ${tenant}`), vector: axis(1) }]);
  }
  await first.close();
  const log = join(home, 'patterns', 'shut', 'patterns.log');
  const whole = readFileSync(log);
  appendFileSync(log, whole.subarray(0, 100));
  const store = await EmbeddedPatterns.open(home, systemClock);
  await store.get('open', 'patterns', idOf('p open'));
  mkdirSync(join(home, 'patterns', '.leaving-gone'));
  const to = await copyOf(store, folder.path, 'copy');
  assert.deepEqual(readFileSync(join(to, 'patterns', 'shut', 'patterns.log')), whole);
  assert.equal(existsSync(join(to, 'patterns', '.leaving-gone')), false);
  const copy = await EmbeddedPatterns.open(to, systemClock);
  for (const tenant of ['shut', 'open']) {
    assert.equal((await copy.get(tenant, 'patterns', idOf(`p ${tenant}`)))?.item.id, idOf(`p ${tenant}`));
    assert.equal((await copy.get(tenant, 'correlations', idOf(`c ${tenant}`)))?.item.id, idOf(`c ${tenant}`));
  }
  await copy.close();
  await store.close();
});

test('a tenant whose log is damaged is named with the reason, and the others are copied', async () => {
  await using folder = await temporaryFolder();
  const home = join(folder.path, 'node');
  const first = await EmbeddedPatterns.open(home, systemClock);
  for (const tenant of ['bad', 'good'])
    for (const at of [0, 1, 2]) await first.put(tenant, 'patterns', [{ item: pattern(`${at}`), vector: axis(at) }]);
  await first.close();
  const log = join(home, 'patterns', 'bad', 'patterns.log');
  const bytes = readFileSync(log);
  bytes[40] = (bytes[40] as number) ^ 1;
  writeFileSync(log, bytes);
  const store = await EmbeddedPatterns.open(home, systemClock);
  const { tenants, failed, bytes: copied } = await store.snapshotTo(join(folder.path, 'copy'));
  assert.equal(tenants, 1);
  assert.equal(copied, bytes.length);
  assert.match(failed.get('bad') ?? '', /patterns\.log is damaged at byte 0/);
  await store.keep('good', { item: sighting('next'), vector: axis(9) });
  await store.close();
  await assert.rejects(store.snapshotTo(join(folder.path, 'late')), { code: 'UNREACHABLE' });
});
