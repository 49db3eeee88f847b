import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock, systemClock } from '../../../src/runtime/clock.js';
import { seededRandom } from '../../../src/runtime/random.js';
import { HotKeeper } from '../../../src/storage/cache/hot-keeper.js';
import { marketKey, tenantId, tenantKey } from '../../../src/storage/cache/keys.js';
import { ReadThrough } from '../../../src/storage/cache/read-through.js';
import { RedisCache } from '../../../src/storage/cache/redis-cache.js';
import { RecentCandles } from '../../../src/storage/journal/recent-candles.js';
import { cacheContract } from '../../contracts/cache.contract.js';
import { freePort } from '../../support/free-port.js';
import { type RedisServer, redisMissing, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/actors.js';

const ACME = tenantId('acme');
const profile = tenantKey(ACME, 'profile', 'account');

async function openCache(url: string): Promise<{ readonly cache: RedisCache } & AsyncDisposable> {
  const cache = await RedisCache.open({ url, clock: systemClock, timers: systemClock, random: seededRandom(1) });
  return { cache, [Symbol.asyncDispose]: () => cache.close() };
}

/** Another client of the server. */
function besideIt(url: string): Redis & Disposable {
  const redis = new Redis(url);
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() });
}

/** Every key of the server is brought so much nearer to its end. */
async function age(redis: Redis, ms: number): Promise<void> {
  for (const key of await redis.keys('*')) {
    const leftMs = await redis.pttl(key);
    assert.ok(leftMs > 0, `${key} has an end`);
    await (leftMs <= ms ? redis.del(key) : redis.pexpire(key, leftMs - ms));
  }
}

function withServer(): void {
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
  });
  after(() => server[Symbol.asyncDispose]());

  cacheContract('a Redis server', async () => {
    const beside = new Redis(server.url);
    await beside.flushall();
    const { cache } = await openCache(server.url);
    return {
      cache,
      nowMs: () => Date.now(),
      elapse: (ms) => age(beside, ms),
      [Symbol.asyncDispose]: async () => {
        await cache.close();
        beside.disconnect();
      },
    };
  });

  test('the server itself lets a value go at its end', async () => {
    await using opened = await openCache(server.url);
    const { cache } = opened;
    await cache.set(profile, 1, { untilMs: Date.now() + 150 });
    assert.equal(await cache.get(profile), 1);
    await until(async () => (await cache.get(profile)) === undefined, 'it is gone');
  });

  test('a server that is full refuses a write: the older value is not read any more, and the fault says so until it takes one', async () => {
    await using opened = await openCache(server.url);
    const { cache } = opened;
    using beside = besideIt(server.url);
    await cache.set(profile, 'old');
    await beside.config('SET', 'maxmemory-policy', 'noeviction');
    await beside.config('SET', 'maxmemory', '1');
    await cache.set(profile, 'new');
    assert.equal(await cache.get(profile), undefined);
    assert.match(cache.fault ?? '', /refuses what it is told: OOM/);
    await beside.config('SET', 'maxmemory', '0');
    await cache.set(profile, 'newer');
    assert.equal(await cache.get(profile), 'newer');
    assert.equal(cache.fault, undefined);
  });

  test('a full server that refuses many writes at once is told only once what to forget', async () => {
    await using own = await startRedis();
    await using opened = await openCache(own.url);
    const { cache } = opened;
    using beside = besideIt(own.url);
    const keys = Array.from({ length: 3_000 }, (_, at) => tenantKey(ACME, 'session', `${at}`));
    await cache.setMany(keys.map((key) => [key, 'old'] as const));
    await beside.config('SET', 'maxmemory-policy', 'noeviction');
    await beside.config('SET', 'maxmemory', '1');
    await beside.config('RESETSTAT');
    await cache.setMany(keys.map((key) => [key, 'new'] as const));
    await until(async () => (await beside.dbsize()) === 0, 'the older values are gone');
    await beside.config('SET', 'maxmemory', '0');
    const calls = Number(/cmdstat_unlink:calls=(\d+)/.exec(await beside.info('commandstats'))?.[1]);
    assert.ok(calls < 100, `${calls} commands`);
    assert.deepEqual(new Set(await cache.getMany(keys)), new Set([undefined]));
  });

  test('a server that wants a password which it was not given says so', async () => {
    await using guarded = await startRedis('--requirepass', 'secret');
    await using opened = await openCache(guarded.url);
    assert.match(opened.cache.fault ?? '', /NOAUTH/);
    await using known = await openCache(guarded.url.replace('redis://', 'redis://:secret@'));
    assert.equal(known.cache.fault, undefined);
  });

  test('a second of ticks costs the server a few writes of each symbol, in pipelines', async () => {
    await using opened = await openCache(server.url);
    using beside = besideIt(server.url);
    const clock = new SteppedClock(0);
    const keeper = new HotKeeper({ cache: opened.cache, journal: new RecentCandles(), timers: clock });
    const symbols = Array.from({ length: 28 }, (_, at) => `PAIR${at}`);
    await beside.flushall();
    await beside.config('RESETSTAT');
    for (let ms = 0; ms < 1_000; ms += 10) {
      for (const symbol of symbols) keeper.ticked({ symbol }, { bid: ms, ask: ms + 1, timeMs: ms });
      clock.advanceTo(ms);
      await turn();
    }
    await keeper.close();
    const stats = await beside.info('commandstats');
    const sets = Number(/cmdstat_set:calls=(\d+)/.exec(stats)?.[1]);
    assert.ok(sets >= symbols.length && sets <= 5 * symbols.length, `${sets} writes`);
    const kept = await opened.cache.getMany(symbols.map((symbol) => marketKey('tick', symbol)));
    assert.deepEqual(new Set(kept.map((tick) => tick?.bid)), new Set([990]));
  });

  test('while the server says nothing, reads are misses within half a second, then at once, and the loader answers', async () => {
    await using opened = await openCache(server.url);
    const { cache } = opened;
    const reads = new ReadThrough({ cache, timers: systemClock });
    await cache.set(profile, 'old');
    await server.signal('SIGSTOP');
    const before = Date.now();
    assert.equal(await reads.cached(profile, async () => 'loaded'), 'loaded');
    assert.ok(Date.now() - before < 2 * LIMITS.cache.answerMs + 500, `${Date.now() - before} ms`);
    assert.match(cache.fault ?? '', /did not answer/);
    const again = Date.now();
    for (let at = 0; at < 10_000; at++) await cache.get(marketKey('tick', `S${at}`));
    assert.ok(Date.now() - again < 1_000, `${Date.now() - again} ms for ten thousand reads`);
    await server.signal('SIGCONT');
    await until(() => cache.fault === undefined, 'it is back');
    assert.notEqual(await cache.get(profile), 'old');
  });

  test('killed and back: no write waits, limits go on counting, and what was replaced meanwhile is not read back', async () => {
    await using persistent = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
    await using opened = await openCache(persistent.url);
    const { cache } = opened;
    const kept = tenantKey(ACME, 'profile', 'kept');
    await cache.set(profile, 'old');
    await cache.set(kept, 'kept');
    await persistent.signal('SIGKILL');
    await until(() => cache.fault !== undefined, 'it is noticed');
    const down = Date.now();
    for (let at = 0; at < 1_000; at++) await cache.set(tenantKey(ACME, 'session', `${at}`), at);
    assert.equal(await cache.get(kept), undefined, 'a read is a miss');
    assert.ok(Date.now() - down < 1_000, `${Date.now() - down} ms for a thousand writes`);
    await cache.set(profile, 'new');
    assert.equal(await cache.get(profile), 'new', 'this node’s own writes are there meanwhile');
    const counter = tenantKey(ACME, 'requests', 'caller');
    assert.deepEqual([await cache.count(counter), await cache.count(counter)], [1, 2]);
    await assert.rejects(cache.deleteTenant(ACME), { code: 'UNREACHABLE' });
    await persistent.start();
    await until(() => cache.fault === undefined, 'it is back');
    assert.equal(await cache.get(profile), undefined);
    assert.equal(await cache.get(kept), 'kept');
  });

  test('a process that was busy for a while takes no server for silent that has answered meanwhile', async () => {
    await using opened = await openCache(server.url);
    const { cache } = opened;
    await cache.set(profile, 'kept');
    const lookedMs = Date.now() + 2 * LIMITS.cache.answerMs;
    await until(() => Date.now() > lookedMs, 'the look after that answer is over');
    const asked = cache.get(profile);
    await turn();
    for (const endMs = Date.now() + 3 * LIMITS.cache.answerMs; Date.now() < endMs; );
    assert.equal(await asked, 'kept');
    await cache.set(profile, 'newer');
    assert.deepEqual([cache.fault, await cache.get(profile)], [undefined, 'newer']);
  });

  test('what was replaced while the server was away is not there any more once the cache has been closed', async () => {
    await using own = await startRedis();
    using beside = besideIt(own.url);
    const { cache } = await openCache(own.url);
    await cache.set(profile, 'old');
    await own.signal('SIGSTOP');
    await until(async () => {
      await cache.set(profile, 'new');
      return cache.fault !== undefined;
    }, 'the server counts as down');
    await own.signal('SIGCONT');
    await cache.close();
    assert.equal(await beside.get(profile.text), null);
  });

  test('when more was replaced than is remembered, everything is forgotten before the server is read again', async () => {
    await using persistent = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
    await using opened = await openCache(persistent.url);
    const { cache } = opened;
    {
      using beside = besideIt(persistent.url);
      await cache.set(profile, 'old');
      await beside.set('another application', 'stays');
    }
    await persistent.signal('SIGKILL');
    await until(() => cache.fault !== undefined, 'it is noticed');
    for (let at = 0; at < LIMITS.cache.owed; at++) await cache.set(tenantKey(ACME, 'session', `${at}`), at);
    await cache.set(profile, 'new');
    await persistent.start();
    await until(() => cache.fault === undefined, 'it is back');
    assert.equal(await cache.get(profile), undefined);
    using beside = besideIt(persistent.url);
    assert.deepEqual(await beside.keys('*'), ['another application']);
  });

  test('what waits for answers is bounded: past it the server counts as down and nothing more is queued', async () => {
    await using opened = await openCache(server.url);
    const { cache } = opened;
    await server.signal('SIGSTOP');
    const asked = Array.from({ length: LIMITS.cache.inFlight + 1 }, (_, at) => cache.get(marketKey('tick', `S${at}`)));
    assert.equal(await asked.at(-1), undefined);
    assert.match(cache.fault ?? '', /unanswered/);
    assert.deepEqual(new Set(await Promise.all(asked)), new Set([undefined]));
    await server.signal('SIGCONT');
    await until(() => cache.fault === undefined, 'it is back');
  });
}

test('without a server the cache begins down, says where, and lets reads through', async () => {
  const port = await freePort();
  await using opened = await openCache(`redis://:secret@127.0.0.1:${port}`);
  const { cache } = opened;
  assert.match(cache.fault ?? '', new RegExp(`127.0.0.1:${port} is down`));
  assert.doesNotMatch(cache.fault ?? '', /secret/);
  assert.equal(await new ReadThrough({ cache, timers: systemClock }).cached(profile, async () => 'loaded'), 'loaded');
});

const missing = redisMissing();
if (missing === false) withServer();
else test('the hot cache’s contract on a Redis server', { skip: missing }, () => {});
