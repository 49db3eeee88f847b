import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import { marketKey, tenantId, tenantKey } from '../../../src/storage/cache/keys.js';
import { MemoryCache } from '../../../src/storage/cache/memory-cache.js';
import { ReadThrough } from '../../../src/storage/cache/read-through.js';
import { cacheContract } from '../../contracts/cache.contract.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const START_MS = Date.UTC(2026, 0, 5);

cacheContract('in process', async () => {
  const clock = new SteppedClock(START_MS);
  const cache = new MemoryCache({ clock });
  return {
    cache,
    nowMs: () => clock.nowMs(),
    elapse: async (ms) => clock.advanceTo(clock.nowMs() + ms),
    [Symbol.asyncDispose]: () => cache.close(),
  };
});

const ACME = tenantId('acme');
const keyOf = (at: number) => tenantKey(ACME, 'profile', `account-${at}`);

test('past its entries, the one unused for longest leaves first', async () => {
  const cache = new MemoryCache({ clock: new SteppedClock(START_MS), entries: 3 });
  for (const at of [1, 2, 3]) await cache.set(keyOf(at), at);
  await cache.get(keyOf(1));
  await cache.set(keyOf(4), 4);
  await cache.set(keyOf(5), 5);
  assert.deepEqual(await cache.getMany([1, 2, 3, 4, 5].map(keyOf)), [1, undefined, undefined, 4, 5]);
  assert.equal(cache.size, 3);
});

test('its bytes stay within their bound, and are counted back as values leave', async () => {
  const cache = new MemoryCache({ clock: new SteppedClock(START_MS), bytes: 100_000 });
  for (let at = 0; at < 1_000; at++) {
    await cache.set(keyOf(at), Buffer.alloc(at % 7 === 0 ? 20_000 : 300));
    assert.ok(cache.bytes <= 100_000, `${cache.bytes} bytes`);
  }
  assert.ok(cache.size > 3);
  await cache.delete(...Array.from({ length: 1_000 }, (_, at) => keyOf(at)));
  assert.deepEqual([cache.size, cache.bytes], [0, 0]);
});

test('a small value does not hold on to the larger memory that it was packed in', async () => {
  const cache = new MemoryCache({ clock: new SteppedClock(START_MS) });
  const held = (): number => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const before = held();
  for (let at = 0; at < 2_000; at++) {
    await cache.set(keyOf(at), at);
    // What else a node packs meanwhile takes the rest of the pool's page.
    Buffer.allocUnsafe(3_000);
  }
  const grown = held() - before;
  assert.equal(cache.size, 2_000);
  assert.ok(grown < 2_000_000, `${grown} bytes for values of a few each`);
});

test('a loader that does not answer fails in time, and the next to ask loads anew', async () => {
  const clock = new SteppedClock(START_MS);
  const reads = new ReadThrough({ cache: new MemoryCache({ clock }), timers: clock });
  const key = marketKey('prediction', 'EURUSD', 'M1');
  const hung = assert.rejects(
    reads.cached(key, () => new Promise(() => {})),
    { code: 'ASK_TIMEOUT' },
  );
  await new Promise(setImmediate);
  clock.advanceTo(START_MS + LIMITS.cache.loadMs);
  await hung;
  assert.equal(reads.loads, 0);
  assert.equal(await reads.cached(key, async () => 1), 1);
});

test('loads under way are bounded, and a further one is refused in a sentence', async () => {
  const clock = new SteppedClock(START_MS);
  const reads = new ReadThrough({ cache: new MemoryCache({ clock }), timers: clock });
  const forever = () => new Promise<undefined>(() => {});
  for (let at = 0; at < LIMITS.cache.loads; at++) reads.cached(keyOf(at), forever).catch(() => {});
  await assert.rejects(reads.cached(keyOf(-1), forever), { code: 'UNREACHABLE' });
});
