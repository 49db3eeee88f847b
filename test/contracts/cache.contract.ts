import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import { systemClock } from '../../src/runtime/clock.js';
import type { HotCache } from '../../src/storage/cache/cache.js';
import { marketKey, tenantId, tenantKey } from '../../src/storage/cache/keys.js';
import { ReadThrough } from '../../src/storage/cache/read-through.js';
import { walkOfCandles } from '../support/walk-of-candles.js';

export interface CacheWorld extends AsyncDisposable {
  readonly cache: HotCache;
  /** Engine time at this moment. */
  nowMs(): number;
  /** Everything kept grows older by so much. */
  elapse(ms: number): Promise<void>;
}

const ACME = tenantId('acme');
const BETA = tenantId('beta');

function tick(symbol: string, bid: number) {
  return { symbol, timeMs: 1_700_000_000_000, bid, ask: bid + 0.0001 };
}

export function cacheContract(name: string, open: () => Promise<CacheWorld>): void {
  const it = (what: string, run: (world: CacheWorld) => Promise<void>): void =>
    void test(`${name}: ${what}`, async () => {
      await using world = await open();
      await run(world);
    });

  it('what was set is got, floats bit for bit, and a key that was not set is undefined', async ({ cache }) => {
    const [candle] = walkOfCandles('EURUSD', 'M1', 1);
    assert.ok(candle);
    const values = Float64Array.of(0.1 + 0.2, Number.NaN, -0, Number.POSITIVE_INFINITY, 5e-324);
    const key = marketKey('features', 'EURUSD', 'M1');
    await cache.set(key, { candle, values });
    const found = await cache.get(key);
    assert.deepStrictEqual(found, { candle, values });
    assert.deepEqual(Buffer.from(found.values.buffer), Buffer.from(values.buffer));
    assert.equal(await cache.get(marketKey('features', 'EURUSD', 'M5')), undefined);
    assert.equal(cache.fault, undefined);
  });

  it('a later set replaces, and what the caller does to the value afterwards changes nothing', async ({ cache }) => {
    const key = marketKey('prediction', 'EURUSD', 'M1');
    const value: { up: number } = { up: 0.5 };
    await cache.set(key, { up: 0.1 });
    await cache.set(key, value);
    value.up = 0.9;
    assert.deepEqual(await cache.get(key), { up: 0.5 });
    const got = (await cache.get(key)) as { up: number };
    got.up = 0.7;
    assert.deepEqual(await cache.get(key), { up: 0.5 });
  });

  it('many are got in the order of their keys, with undefined where there is none', async ({ cache }) => {
    const symbols = ['EURUSD', 'GBPUSD', 'USDJPY'];
    await cache.setMany(symbols.map((symbol, at) => [marketKey('tick', symbol), tick(symbol, at + 1)] as const));
    const keys = ['USDJPY', 'NZDUSD', 'EURUSD'].map((symbol) => marketKey('tick', symbol));
    assert.deepEqual(await cache.getMany(keys), [tick('USDJPY', 3), undefined, tick('EURUSD', 1)]);
    assert.deepEqual(await cache.getMany([]), []);
  });

  it('a value leaves at the end of its kind’s time to live, and not before', async ({ cache, elapse }) => {
    const short = tenantKey(ACME, 'positions', 'account');
    const long = marketKey('tick', 'EURUSD');
    await cache.set(short, []);
    await cache.set(long, tick('EURUSD', 1));
    await elapse(short.ttlMs - 2_000);
    assert.deepEqual(await cache.get(short), []);
    await elapse(2_001);
    assert.equal(await cache.get(short), undefined);
    await elapse(long.ttlMs - short.ttlMs - 2_000);
    assert.notEqual(await cache.get(long), undefined);
    await elapse(2_001);
    assert.equal(await cache.get(long), undefined);
  });

  it('a value with an end of its own leaves then, and one whose end has passed is gone at once', async ({
    cache,
    nowMs,
    elapse,
  }) => {
    const key = tenantKey(ACME, 'similar', 'pattern');
    await cache.set(key, 1, { untilMs: nowMs() + 5_000 });
    await elapse(3_000);
    assert.equal(await cache.get(key), 1);
    await elapse(2_001);
    assert.equal(await cache.get(key), undefined);
    await cache.set(key, 2);
    await cache.set(key, 3, { untilMs: nowMs() - 1 });
    assert.equal(await cache.get(key), undefined);
  });

  it('what is deleted is gone, alone', async ({ cache }) => {
    const [one, two, three] = ['EURUSD', 'GBPUSD', 'USDJPY'].map((symbol) => marketKey('tick', symbol));
    assert.ok(one && two && three);
    for (const key of [one, two, three]) await cache.set(key, tick('EURUSD', 1));
    await cache.delete(one, three);
    await cache.delete();
    assert.deepEqual(
      (await cache.getMany([one, two, three])).map((value) => value !== undefined),
      [false, true, false],
    );
  });

  it('a tenant is deleted whole and alone: not one whose name begins the same, not the market', async ({ cache }) => {
    const names = ['acme', 'acme-2', 'acm', 'm', 't', 'acme:balance', '*', 'ac?e', '[a]cme'];
    const keys = names.map((each) => tenantKey(tenantId(each), 'profile', 'account'));
    for (const [at, key] of keys.entries()) await cache.set(key, at);
    for (let at = 0; at < 2_500; at++) await cache.set(tenantKey(ACME, 'session', `${at}`), at);
    await cache.count(tenantKey(ACME, 'requests', 'caller'));
    await cache.set(marketKey('tick', 'acme'), tick('acme', 1));
    assert.equal(await cache.deleteTenant(ACME), 2_502);
    for (const other of ['*', 'ac?e', '[a]cme']) assert.equal(await cache.deleteTenant(tenantId(other)), 1, other);
    const left = await cache.getMany(keys);
    assert.deepEqual(left, [undefined, 1, 2, 3, 4, 5, undefined, undefined, undefined]);
    assert.notEqual(await cache.get(marketKey('tick', 'acme')), undefined);
    assert.equal(await cache.get(tenantKey(ACME, 'session', '7')), undefined);
    assert.equal(await cache.count(tenantKey(ACME, 'requests', 'caller')), 1);
  });

  it('a counter loses none of a thousand counts at once, and ends with the window that its first began', async (world) => {
    const { cache, elapse } = world;
    const key = tenantKey(ACME, 'requests', 'caller');
    const counts = await Promise.all(Array.from({ length: 1_000 }, () => cache.count(key)));
    assert.deepEqual(
      counts.sort((a, b) => a - b),
      Array.from({ length: 1_000 }, (_, at) => at + 1),
    );
    assert.equal(await cache.count(key, 5), 1_005);
    assert.equal(await cache.count(tenantKey(BETA, 'requests', 'caller')), 1);
    await elapse(key.ttlMs - 2_000);
    assert.equal(await cache.count(key), 1_006);
    await elapse(2_001);
    assert.equal(await cache.count(key), 1);
  });

  it('a value of the greatest size is kept; a larger one is not, and takes the older one with it', async ({ cache }) => {
    const key = tenantKey(ACME, 'profile', 'account');
    const overhead = key.encode(Buffer.alloc(LIMITS.cache.valueBytes)).length - LIMITS.cache.valueBytes;
    const most = LIMITS.cache.valueBytes - overhead;
    await cache.set(key, Buffer.alloc(most, 7));
    assert.equal(((await cache.get(key)) as Uint8Array).length, most);
    await cache.set(key, Buffer.alloc(most + 1, 7));
    assert.equal(await cache.get(key), undefined);
  });

  it('a thousand misses at once load once, and the cache answers afterwards', async ({ cache }) => {
    const reads = new ReadThrough({ cache, timers: systemClock });
    const key = tenantKey(ACME, 'profile', 'account');
    let loads = 0;
    const load = async () => {
      loads += 1;
      await new Promise(setImmediate);
      return { mode: 'live' };
    };
    const all = await Promise.all(Array.from({ length: 1_000 }, () => reads.cached(key, load)));
    assert.equal(loads, 1);
    for (const value of all) assert.deepEqual(value, { mode: 'live' });
    assert.deepEqual(await reads.cached(key, load), { mode: 'live' });
    assert.deepEqual(await cache.get(key), { mode: 'live' });
    assert.deepEqual([loads, reads.loads], [1, 0]);
    await Promise.all([reads.cached(tenantKey(BETA, 'profile', 'account'), load), reads.cached(key, load)]);
    assert.equal(loads, 2, 'another tenant’s is loaded by itself');
  });

  it('a load that fails is not remembered, nor is what does not exist', async ({ cache }) => {
    const reads = new ReadThrough({ cache, timers: systemClock });
    const key = tenantKey(ACME, 'profile', 'account');
    let loads = 0;
    const failing = async () => {
      loads += 1;
      throw new Error('the ledger is away');
    };
    const both = await Promise.allSettled([reads.cached(key, failing), reads.cached(key, failing)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    await assert.rejects(reads.cached(key, failing), /away/);
    assert.equal(loads, 2);
    const none = async () => {
      loads += 1;
      return undefined;
    };
    assert.deepEqual([await reads.cached(key, none), await reads.cached(key, none)], [undefined, undefined]);
    assert.equal(loads, 4);
    assert.equal(await reads.cached(key, async () => 'here'), 'here');
  });

  it('a load that began before a change is not kept after it', async ({ cache }) => {
    const reads = new ReadThrough({ cache, timers: systemClock });
    const key = tenantKey(ACME, 'profile', 'account');
    let finish: (value: string) => void = () => {};
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const old = reads.cached(key, () => {
      begun();
      return new Promise<string>((resolve) => {
        finish = resolve;
      });
    });
    await hasBegun;
    await reads.forget(key);
    assert.equal(await reads.cached(key, async () => 'new'), 'new');
    finish('old');
    assert.equal(await old, 'old');
    assert.equal(await cache.get(key), 'new');
  });
}
