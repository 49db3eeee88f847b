import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { test } from 'node:test';
import { LIMITS } from '../../../src/limits.js';
import { PatternThread } from '../../../src/storage/patterns/embedded/pattern-thread.js';
import { axis, idOf, pattern, randomVector, seeded } from '../../contracts/patterns-world.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const DYING = new URL('./dying-thread.js', import.meta.url);
const failing = (code: string, words: RegExp) => (error: Error & { code?: string }) =>
  error.code === code && words.test(error.message);

for (const [tenant, why] of [
  ['exits', /ended with code 3/],
  ['throws', /a fault of the thread/],
] as const)
  test(`a thread that ${tenant} fails what waits for it, is a fault, and is followed by another that has all that was answered`, async () => {
    await using folder = await temporaryFolder();
    const store = await PatternThread.open(folder.path, DYING);
    await store.put('blue', 'patterns', [{ item: pattern('one'), vector: axis(0) }]);
    const waiting = [store.deleteTenant(tenant), store.nearest('blue', 'patterns', axis(0), { count: 1 })];
    for (const each of await Promise.allSettled(waiting.slice(0, 1)))
      assert.ok(each.status === 'rejected' && failing('UNREACHABLE', why)(each.reason));
    await waiting[1]?.catch(() => {});
    assert.match(store.fault ?? '', why);
    const [found] = await store.nearest('blue', 'patterns', axis(0), { count: 1 });
    assert.equal(found?.item.id, idOf('one'));
    assert.equal(store.fault, undefined);
    await store.close();
  });

test('a damaged log is told with its code and sentence, as a fault, and other tenants go on', async () => {
  await using folder = await temporaryFolder();
  const before = await PatternThread.open(folder.path);
  const vectors = Array.from({ length: 9 }, (_, at) => ({ item: pattern(`${at}`), vector: axis(at) }));
  await before.put('blue', 'patterns', vectors);
  await before.close();
  const path = join(folder.path, 'patterns', 'blue', 'patterns.log');
  const bytes = readFileSync(path);
  bytes[300] = (bytes[300] as number) ^ 0xff;
  writeFileSync(path, bytes);
  const store = await PatternThread.open(folder.path);
  await assert.rejects(store.get('blue', 'patterns', idOf('1')), failing('JOURNAL_DAMAGED', /patterns\.log/));
  assert.match(store.fault ?? '', /patterns of blue/);
  assert.equal(await store.ready(), false);
  await store.put('green', 'patterns', vectors.slice(0, 1));
  assert.equal((await store.page('green', 'patterns')).length, 1);
  await store.close();
});

test('a store that is closed, or whose bound of waiting calls is reached, says so', async () => {
  await using folder = await temporaryFolder();
  const store = await PatternThread.open(folder.path);
  const calls = Array.from({ length: LIMITS.patterns.waiting + 1 }, () => store.get('blue', 'patterns', idOf('one')));
  await assert.rejects(calls.pop() as Promise<unknown>, failing('UNREACHABLE', /4096 calls wait/));
  await Promise.all(calls);
  await store.close();
  await store.close();
  await assert.rejects(store.get('blue', 'patterns', idOf('one')), failing('UNREACHABLE', /closed/));
  assert.equal(await store.ready(), false);
});

test('a search takes next to nothing of the thread that asks for it', async () => {
  await using folder = await temporaryFolder();
  const store = await PatternThread.open(folder.path);
  const random = seeded('thread');
  const items = Array.from({ length: 500 }, (_, at) => ({ item: pattern(`many ${at}`), vector: randomVector(random) }));
  for (let round = 0; round < 10; round++)
    await store.put(
      'blue',
      'patterns',
      items.map(({ item, vector }) => ({ item: { ...item, id: idOf(`${round} ${item.id}`) }, vector })),
    );
  await store.nearest('blue', 'patterns', axis(0), { count: 10 });
  // As a share of the time, so that a busy machine changes nothing of it.
  const before = performance.eventLoopUtilization();
  for (let at = 0; at < 20; at++) {
    const asked = Array.from({ length: 200 }, () => store.nearest('blue', 'patterns', randomVector(random), { count: 1 }));
    await Promise.all(asked);
  }
  const { utilization } = performance.eventLoopUtilization(before);
  await store.close();
  assert.ok(utilization < 0.8, `${utilization}`);
});
