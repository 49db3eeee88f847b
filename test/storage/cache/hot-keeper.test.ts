import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { CorrelationRow } from '../../../src/features/correlation-matrix.js';
import { LIMITS } from '../../../src/limits.js';
import { SteppedClock } from '../../../src/runtime/clock.js';
import type { SignalState } from '../../../src/signals/signal.js';
import type { HotCache } from '../../../src/storage/cache/cache.js';
import { HotKeeper } from '../../../src/storage/cache/hot-keeper.js';
import { marketKey, tenantId, tenantKey } from '../../../src/storage/cache/keys.js';
import { MemoryCache } from '../../../src/storage/cache/memory-cache.js';
import { RecentCandles } from '../../../src/storage/journal/recent-candles.js';
import type { DealRow, SignalRow } from '../../../src/storage/ledger/ledger.js';
import { deal, newSignal } from '../../contracts/ledger-world.js';
import { accountTerms } from '../../support/account-terms.js';
import { walkOfCandles } from '../../support/walk-of-candles.js';

const START_MS = Date.UTC(2026, 0, 5);
const { hotMs, hotBatch, hotKeys } = LIMITS.cache;

interface World {
  readonly clock: SteppedClock;
  readonly cache: MemoryCache;
  readonly journal: RecentCandles;
  readonly keeper: HotKeeper;
  /** The next writing comes, and is done. */
  written(): Promise<void>;
}

function world(cacheOf: (cache: MemoryCache) => HotCache = (cache) => cache): World {
  const clock = new SteppedClock(START_MS);
  const cache = new MemoryCache({ clock });
  const journal = new RecentCandles();
  const keeper = new HotKeeper({ cache: cacheOf(cache), journal, timers: clock });
  const written = async (): Promise<void> => {
    clock.advanceTo(clock.nowMs() + hotMs);
    await turn();
  };
  return { clock, cache, journal, keeper, written };
}

const NORTH = accountTerms('north', 'one');
const money = (balance: number) => ({ balance, equity: 2, margin: 3, freeMargin: 4, floating: 5, dayProfit: 6 });
const finance = (balance: number) => ({ kind: 'FINANCE', ...money(balance) }) as const;
const dealOf = (ticket: string, entry: DealRow['entry']): DealRow => {
  const op = deal(1, ticket, entry, 0.1, null);
  assert.ok(op.kind === 'deal');
  return op.deal;
};
const signalAt = (state: SignalState): SignalRow => ({
  ...newSignal(1, 1),
  seq: 1,
  reason: null,
  filledVolume: 0,
  remainingVolume: 0,
  fillPrice: 0,
  updatedAt: START_MS,
  validUntil: START_MS + 60_000,
  state,
});

test('of a hundred quotes the newest is written, once, and not before its time', async () => {
  const { clock, cache, keeper, written } = world();
  const key = marketKey('tick', 'EURUSD');
  for (let at = 1; at <= 100; at++) keeper.ticked({ symbol: 'EURUSD' }, { bid: at, ask: at + 1, timeMs: START_MS + at });
  clock.advanceTo(START_MS + hotMs - 1);
  await turn();
  assert.equal(await cache.get(key), undefined);
  await written();
  assert.deepEqual(await cache.get(key), { symbol: 'EURUSD', bid: 100, ask: 101, timeMs: START_MS + 100 });
  assert.deepEqual([keeper.figures.written, keeper.figures.conflated, keeper.waiting], [1, 99, 0]);
  assert.equal(clock.nextDueMs(), undefined, 'nothing waits, so no timer does');
  keeper.ticked({ symbol: 'EURUSD' }, { bid: 200, ask: 201, timeMs: START_MS + 500 });
  await written();
  assert.equal((await cache.get(key))?.bid, 200);
});

test('candles are the newest of the journal as they are when written, and features the newest, bit for bit', async () => {
  const { cache, journal, keeper, written } = world();
  const candles = walkOfCandles('EURUSD', 'M5', LIMITS.cache.candles + 20);
  for (const candle of candles) {
    journal.append(candle);
    keeper.candle(candle);
    keeper.vector({ candle, values: Float64Array.of(candle.close, Number.NaN, -0) });
  }
  await written();
  const last = candles.at(-1);
  assert.ok(last);
  assert.deepEqual(await cache.get(marketKey('candles', 'EURUSD', 'M5')), candles.slice(-LIMITS.cache.candles));
  assert.deepStrictEqual(await cache.get(marketKey('features', 'EURUSD', 'M5')), {
    candle: last,
    values: Float64Array.of(last.close, Number.NaN, -0),
  });
  assert.equal(keeper.figures.written, 2);
});

test('the correlation of two symbols is that of hours over the longest window, whichever is named first', async () => {
  const { cache, keeper, written } = world();
  const row: CorrelationRow = {
    time: START_MS,
    a: 'EURUSD',
    b: 'GBPUSD',
    timeframe: 'H1',
    window: 100,
    lag: 2,
    correlation: 0.75,
    persistence: 1,
    vector: new Float64Array(61),
  };
  for (const other of [row, { ...row, window: 20, correlation: 0.1 }, { ...row, timeframe: 'M5' as const, correlation: 0.2 }])
    keeper.correlated(other);
  await written();
  assert.equal(await cache.get(marketKey('correlation', 'GBPUSD', 'EURUSD')), 0.75);
});

test('what is told of an account is found under its own tenant and account alone', async () => {
  const { cache, keeper, written } = world();
  const south = accountTerms('south', 'one');
  const quote = { bid: 1, ask: 2, timeMs: START_MS };
  keeper.finance(NORTH, finance(1), START_MS);
  keeper.finance(south, finance(10), START_MS);
  keeper.quoted(NORTH, [{ symbol: 'EURUSD', bid: 1, ask: 2, brokerTimeMs: 0 }], START_MS);
  await written();
  const [north, other] = [tenantId('north'), tenantId('south')];
  assert.deepEqual(
    [await cache.get(tenantKey(north, 'balance', 'one')), await cache.get(tenantKey(other, 'balance', 'one'))],
    [
      { ...money(1), timeMs: START_MS },
      { ...money(10), timeMs: START_MS },
    ],
  );
  assert.deepEqual(await cache.get(tenantKey(north, 'quote', 'one', 'EURUSD')), quote);
  assert.equal(await cache.get(tenantKey(other, 'quote', 'one', 'EURUSD')), undefined);
  assert.equal(await cache.get(tenantKey(north, 'balance', 'two')), undefined);
});

test('a deal takes the positions of its account away, so that nobody reads what it changed, until they are told anew', async () => {
  const { cache, keeper, written } = world();
  const opened = dealOf('7', 'IN');
  const key = tenantKey(tenantId(opened.tenantId), 'positions', opened.accountId);
  keeper.positions(opened, [opened]);
  await written();
  assert.deepEqual(await cache.get(key), [opened]);
  keeper.dealt(dealOf('8', 'OUT'));
  await written();
  assert.equal(await cache.get(key), undefined);
  keeper.dealt(dealOf('9', 'IN'));
  keeper.positions(opened, []);
  await written();
  assert.deepEqual(await cache.get(key), []);
  keeper.moved({ ...signalAt('SENT'), accountId: opened.accountId, tenantId: opened.tenantId });
  await written();
  assert.deepEqual(await cache.get(key), []);
  keeper.moved({ ...signalAt('EXECUTED'), accountId: opened.accountId, tenantId: opened.tenantId });
  await written();
  assert.equal(await cache.get(key), undefined);
});

test('a signal is there while it is undecided, no longer than it may last, and leaves when it is decided', async () => {
  const { clock, cache, keeper, written } = world();
  const row = signalAt('SENT');
  const key = tenantKey(tenantId(row.tenantId), 'signal', row.accountId, row.id);
  keeper.moved(row);
  await written();
  assert.deepEqual(await cache.get(key), row);
  clock.advanceTo(row.validUntil + LIMITS.signal.resultGraceMs - 1);
  assert.deepEqual(await cache.get(key), row);
  clock.advanceTo(row.validUntil + LIMITS.signal.resultGraceMs);
  assert.equal(await cache.get(key), undefined);
  const fresh = world();
  for (const state of ['PENDING', 'SENT', 'UNKNOWN'] as const) {
    fresh.keeper.moved(signalAt(state));
    await fresh.written();
    assert.equal((await fresh.cache.get(key))?.state, state);
  }
  fresh.keeper.moved(signalAt('EXECUTED'));
  await fresh.written();
  assert.equal(await fresh.cache.get(key), undefined);
  for (const state of ['PENDING', 'SENT', 'REJECTED'] as const) fresh.keeper.moved(signalAt(state));
  await fresh.written();
  assert.equal(await fresh.cache.get(key), undefined);
  assert.equal(fresh.keeper.figures.written, 3, 'what is decided at once was never written');
});

test('many keys are written in turns, those first that wait longest, and the next turn waits for the one before', async () => {
  const begun: string[] = [];
  let release: () => void = () => {};
  const { clock, keeper, written } = world((cache) =>
    Object.assign(Object.create(cache) as HotCache, {
      delete: async () => {},
      set: async ({ text }: { readonly text: string }) => {
        begun.push(text);
        await new Promise<void>((resolve) => {
          const before = release;
          release = () => {
            before();
            resolve();
          };
        });
      },
    }),
  );
  const keyOf = (at: number) => tenantKey(tenantId('north'), 'profile', `${at}`);
  for (let at = 0; at < 2 * hotBatch; at++) keeper.keep(keyOf(at), at);
  keeper.keep(keyOf(0), 'newer');
  await written();
  await written();
  assert.equal(begun.length, hotBatch, 'the server has not answered');
  assert.deepEqual(
    begun,
    Array.from({ length: hotBatch }, (_, at) => keyOf(at).text),
  );
  release();
  await turn();
  clock.advanceTo(clock.nowMs() + hotMs);
  await turn();
  assert.equal(begun.length, 2 * hotBatch);
  assert.equal(begun.at(-1), keyOf(2 * hotBatch - 1).text);
  release();
  await turn();
  assert.equal(keeper.figures.written, 2 * hotBatch);
});

test('what waits is bounded: the key that has waited longest gives way, and is counted', async () => {
  const { keeper } = world();
  for (let at = 0; at < hotKeys + 5; at++) keeper.quoted(NORTH, [{ symbol: `S${at}`, bid: 1, ask: 2, brokerTimeMs: 0 }], at);
  assert.deepEqual([keeper.waiting, keeper.figures.dropped], [hotKeys, 5]);
});

test('a name that is none and a value that cannot be packed are counted, and reach nobody', async () => {
  const { cache, keeper, written } = world();
  keeper.ticked({ symbol: '' }, { bid: 1, ask: 2, timeMs: 3 });
  keeper.finance(accountTerms('n'.repeat(LIMITS.cache.part + 1), 'one'), finance(1), START_MS);
  const looped: { self?: unknown } = {};
  looped.self = looped;
  keeper.keep(tenantKey(tenantId('north'), 'profile', 'one'), looped as never);
  keeper.finance(NORTH, finance(1), START_MS);
  await written();
  assert.deepEqual([keeper.figures.refused, keeper.figures.failed, keeper.figures.written], [2, 1, 1]);
  assert.deepEqual(await cache.get(tenantKey(tenantId('north'), 'balance', 'one')), { ...money(1), timeMs: START_MS });
});

test('at its end what waits is written, however much, and nothing after it', async () => {
  const { clock, cache, keeper } = world();
  for (let at = 0; at < hotBatch + 1; at++) keeper.quoted(NORTH, [{ symbol: `S${at}`, bid: at, ask: at, brokerTimeMs: 0 }], at);
  await keeper.close();
  assert.equal(cache.size, hotBatch + 1);
  assert.equal(clock.nextDueMs(), undefined);
  keeper.ticked({ symbol: 'EURUSD' }, { bid: 1, ask: 2, timeMs: 3 });
  assert.deepEqual([keeper.waiting, clock.nextDueMs()], [0, undefined]);
});
