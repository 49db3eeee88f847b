import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.js';
import type { Neighbour, PatternFilter, PatternStore } from '../../src/storage/patterns/patterns.js';
import {
  axis,
  certain,
  correlation,
  idOf,
  type PatternsWorld,
  pattern,
  randomVector,
  seeded,
  sighting,
  strategy,
} from './patterns-world.js';

const A = 'tenant-a';
const B = 'tenant-b';

const idsOf = (neighbours: readonly Neighbour<{ readonly id: string }>[]): string[] => neighbours.map(({ item }) => item.id);

async function* nowAndReopened(world: Pick<PatternsWorld, 'store' | 'reopened'>): AsyncGenerator<PatternStore> {
  yield world.store;
  yield await world.reopened();
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} is not ${expected}`);
}

export function patternsContract(name: string, open: () => Promise<PatternsWorld>): void {
  test(`${name}: an item of each collection comes back as it was put, and after a reopening`, async () => {
    await using world = await open();
    const traded = { trades: 7, wins: 4, profitPips: -3.5, lastOutcome: 'LOSS', counted: ['s1', 's2'] } as const;
    const one = pattern('one', { ...traded, regime: '', lastSeenAtMs: 1_771_000_000_123 });
    await world.store.put(A, 'patterns', [{ item: one, vector: certain(0.8, 0, 1) }]);
    await world.store.put(A, 'correlations', [{ item: correlation('two'), vector: axis(1) }]);
    await world.store.put(A, 'strategies', [{ item: strategy('three'), vector: axis(2) }]);
    for await (const store of nowAndReopened(world)) {
      const back = await store.get(A, 'patterns', one.id);
      assert.deepEqual(back?.item, one);
      assert.deepEqual(back?.vector, certain(0.8, 0, 1));
      assert.deepEqual((await store.get(A, 'correlations', idOf('two')))?.item, correlation('two'));
      assert.deepEqual((await store.get(A, 'strategies', idOf('three')))?.item, strategy('three'));
      assert.equal(await store.get(A, 'patterns', idOf('two')), undefined);
      assert.equal(await store.ready(), true);
      assert.equal(store.fault, undefined);
    }
  });

  test(`${name}: the nearest come nearest first with certainty (1 + cos) / 2, none below the least asked for`, async () => {
    await using world = await open();
    const certainties = [0.55, 0.995, 0.3, 0.8, 0.7125, 0.05];
    const items = certainties.map((certainty, at) => ({
      item: pattern(`at ${certainty}`),
      vector: certain(certainty, 0, at + 1),
    }));
    await world.store.put(A, 'patterns', items);
    const found = await world.store.nearest(A, 'patterns', axis(0), { count: 10 });
    const expected = certainties.toSorted((a, b) => b - a);
    assert.deepEqual(
      idsOf(found),
      expected.map((certainty) => idOf(`at ${certainty}`)),
    );
    for (const [at, { certainty }] of found.entries()) near(certainty, expected[at] as number);
    const some = await world.store.nearest(A, 'patterns', axis(0), { count: 10, certainty: 0.7 });
    assert.deepEqual(
      idsOf(some),
      [0.995, 0.8, 0.7125].map((certainty) => idOf(`at ${certainty}`)),
    );
    const two = await world.store.nearest(A, 'patterns', axis(0), { count: 2, certainty: 0.7 });
    assert.deepEqual(
      idsOf(two),
      [0.995, 0.8].map((certainty) => idOf(`at ${certainty}`)),
    );
  });

  test(`${name}: a vector's length says nothing; equally near ones come by id`, async () => {
    await using world = await open();
    const names = ['d', 'a', 'c', 'b'];
    const vectors = [axis(3), axis(3).map((number) => number * 1e-6), axis(3).map((number) => number * 5e4), axis(3)];
    await world.store.put(
      A,
      'patterns',
      names.map((one, at) => ({ item: pattern(one), vector: vectors[at] as Float32Array })),
    );
    const query = axis(3).map((number) => number * 77);
    const found = await world.store.nearest(A, 'patterns', query, { count: 4 });
    assert.deepEqual(idsOf(found), names.map(idOf).sort());
    for (const { certainty } of found) near(certainty, 1);
  });

  test(`${name}: each filter leaves what it says and several leave what all leave`, async () => {
    await using world = await open();
    const random = seeded('filters');
    const pick = <T>(of: readonly T[]): T => of[random.int(of.length)] as T;
    const patterns = Array.from({ length: 160 }, (_, at) =>
      pattern(`filtered ${at}`, {
        symbol: pick(['EURUSD', 'USDJPY', 'XAUUSD']),
        symbolClass: pick(['major', 'metal']),
        timeframe: pick(['M1', 'M15', 'H1']),
        direction: pick(['BUY', 'SELL']),
        regime: pick(['QUIET', 'VOLATILE', '']),
        trades: random.int(9),
      }),
    );
    const placed = patterns.map((item) => ({ item, vector: randomVector(random) }));
    await world.store.put(A, 'patterns', placed);
    const filters: PatternFilter[] = [
      {},
      { symbol: 'USDJPY' },
      { symbolClass: 'metal' },
      { timeframe: 'M15' },
      { direction: 'SELL' },
      { regime: 'VOLATILE' },
      { tradesOver: 5 },
      { timeframe: 'H1', symbolClass: 'major', tradesOver: 5 },
      { timeframe: 'M1', direction: 'BUY', symbolClass: 'metal', regime: 'QUIET', symbol: 'XAUUSD', tradesOver: 1 },
      { timeframe: 'D1' },
    ];
    for (const { tradesOver = -1, ...same } of filters) {
      const fits = patterns.filter(
        (one) => one.trades > tradesOver && Object.entries(same).every(([key, value]) => one[key as keyof typeof one] === value),
      );
      const filter = tradesOver < 0 ? same : { ...same, tradesOver };
      const found = await world.store.nearest(A, 'patterns', randomVector(random), { count: 160, filter });
      assert.deepEqual(idsOf(found).sort(), fits.map(({ id }) => id).sort(), JSON.stringify(filter));
    }
  });

  test(`${name}: correlations are found by symbol, regime and persistence, strategies by symbol, timeframe and trades`, async () => {
    await using world = await open();
    const correlations = [
      correlation('c1', { symbols: ['EURUSD', 'GBPUSD'], regime: 'QUIET', persistence: 0.9 }),
      correlation('c2', { symbols: ['USDJPY', 'EURUSD'], regime: 'VOLATILE', persistence: 0.4 }),
      correlation('c3', { symbols: ['USDJPY', 'AUDUSD'], regime: 'QUIET', persistence: 0.2 }),
    ];
    await world.store.put(
      A,
      'correlations',
      correlations.map((item, at) => ({ item, vector: certain(0.9, 0, at + 1) })),
    );
    const strategies = [
      strategy('s1', { symbols: ['EURUSD'], timeframes: ['M15'], trades: 3 }),
      strategy('s2', { symbols: ['XAUUSD', 'EURUSD'], timeframes: ['H1', 'H4'], trades: 30 }),
    ];
    await world.store.put(
      A,
      'strategies',
      strategies.map((item, at) => ({ item, vector: certain(0.9, 0, at + 1) })),
    );
    const found = async (filter: object): Promise<string[]> =>
      idsOf(await world.store.nearest(A, 'correlations', axis(0), { count: 9, filter })).sort();
    assert.deepEqual(await found({ symbol: 'EURUSD' }), [idOf('c1'), idOf('c2')].sort());
    assert.deepEqual(await found({ regime: 'QUIET' }), [idOf('c1'), idOf('c3')].sort());
    assert.deepEqual(await found({ persistenceOver: 0.2 }), [idOf('c1'), idOf('c2')].sort());
    const fitting = async (filter: object): Promise<string[]> =>
      idsOf(await world.store.nearest(A, 'strategies', axis(0), { count: 9, filter })).sort();
    assert.deepEqual(await fitting({ symbol: 'EURUSD' }), [idOf('s1'), idOf('s2')].sort());
    assert.deepEqual(await fitting({ symbol: 'XAUUSD' }), [idOf('s2')]);
    assert.deepEqual(await fitting({ timeframe: 'M15' }), [idOf('s1')]);
    assert.deepEqual(await fitting({ tradesOver: 3 }), [idOf('s2')]);
  });

  test(`${name}: a sighting as good as the same is merged, one of another timeframe, class or direction is not`, async () => {
    await using world = await open();
    const { mergeCertainty } = LIMITS.patterns;
    const first = sighting('first', { createdAtMs: 1_000 });
    assert.deepEqual(await world.store.keep(A, { item: first, vector: axis(0) }), { id: first.id, merged: false });
    const again = sighting('again', { createdAtMs: 5_000, symbol: 'GBPUSD', confidence: 0.5 });
    const like = certain(mergeCertainty + 0.001, 0, 1);
    assert.deepEqual(await world.store.keep(A, { item: again, vector: like }), { id: first.id, merged: true });
    const kept = await world.store.get(A, 'patterns', first.id);
    const expected = { trades: 0, wins: 0, profitPips: 0, lastOutcome: '', counted: [], lastSeenAtMs: 5_000 };
    assert.deepEqual(kept?.item, { ...first, ...expected });
    assert.deepEqual(kept?.vector, axis(0));
    assert.equal(await world.store.get(A, 'patterns', again.id), undefined);
    const others = [
      [sighting('unlike'), certain(mergeCertainty - 0.001, 0, 2)],
      [sighting('other timeframe', { timeframe: 'H1' }), axis(0)],
      [sighting('other class', { symbolClass: 'metal' }), axis(0)],
      [sighting('other direction', { direction: 'SELL' }), axis(0)],
    ] as const;
    for (const [item, vector] of others) {
      assert.deepEqual(await world.store.keep(A, { item, vector }), { id: item.id, merged: false }, item.id);
    }
    assert.deepEqual(await world.store.keep(B, { item: again, vector: like }), { id: again.id, merged: false });
  });

  test(`${name}: a sighting kept twice is one pattern; told at once, sightings alike are one as well`, async () => {
    await using world = await open();
    const twice = { item: sighting('twice'), vector: axis(5) };
    await world.store.keep(A, twice);
    assert.deepEqual(await world.store.keep(A, twice), { id: twice.item.id, merged: false });
    const names = ['w', 'x', 'y', 'z'];
    const kept = await Promise.all(names.map((one) => world.store.keep(A, { item: sighting(one), vector: axis(9) })));
    assert.deepEqual(new Set(kept.map(({ id }) => id)), new Set([idOf('w')]));
    assert.equal((await world.store.page(A, 'patterns')).length, 2);
  });

  test(`${name}: outcomes are counted once each, with their mean profit, and survive a reopening`, async () => {
    await using world = await open();
    const one = sighting('one', { createdAtMs: 1_000 });
    await world.store.keep(A, { item: one, vector: axis(0) });
    const outcomes = [
      { signalId: 's1', won: true, profitPips: 12, atMs: 9_000 },
      { signalId: 's2', won: false, profitPips: -7, atMs: 11_000 },
      { signalId: 's1', won: true, profitPips: 12, atMs: 9_000 },
      { signalId: 's3', won: true, profitPips: 4, atMs: 10_000 },
    ];
    for (const outcome of outcomes) await world.store.recordOutcome(A, one.id, outcome);
    for await (const store of nowAndReopened(world)) {
      const item = (await store.get(A, 'patterns', one.id))?.item;
      assert.ok(item);
      near(item.profitPips, 3);
      const counts = { trades: 3, wins: 2, lastOutcome: 'WIN', counted: ['s1', 's2', 's3'], lastSeenAtMs: 11_000 };
      assert.deepEqual({ ...item, profitPips: 3 }, { ...one, ...counts, profitPips: 3 });
      const found = await store.nearest(A, 'patterns', axis(0), { count: 1, filter: { tradesOver: 2 } });
      assert.deepEqual(idsOf(found), [one.id]);
      assert.deepEqual(await store.nearest(A, 'patterns', axis(0), { count: 1, filter: { tradesOver: 3 } }), []);
    }
    const now = await world.reopened();
    assert.equal(await now.recordOutcome(A, idOf('nobody'), { signalId: 's', won: true, profitPips: 1, atMs: 1 }), undefined);
  });

  test(`${name}: outcomes told all at once are all counted`, async () => {
    await using world = await open();
    const one = sighting('one');
    await world.store.keep(A, { item: one, vector: axis(0) });
    const told = Array.from({ length: 12 }, (_, at) => ({ signalId: `s${at}`, won: at % 3 === 0, profitPips: at, atMs: at }));
    await Promise.all(told.map((outcome) => world.store.recordOutcome(A, one.id, outcome)));
    const item = (await world.store.get(A, 'patterns', one.id))?.item;
    assert.equal(item?.trades, 12);
    assert.equal(item?.wins, 4);
    near(item?.profitPips ?? 0, 5.5);
  });

  test(`${name}: what is put again is replaced, its place too, and what is removed is gone`, async () => {
    await using world = await open();
    const put = (change: object, vector: Float32Array) =>
      world.store.put(A, 'patterns', [{ item: pattern('one', change), vector }]);
    await put({}, axis(0));
    await put({ trades: 9, direction: 'SELL', timeframe: 'H4' }, axis(7));
    for await (const store of nowAndReopened(world)) {
      assert.equal((await store.get(A, 'patterns', idOf('one')))?.item.trades, 9);
      assert.deepEqual(await store.nearest(A, 'patterns', axis(0), { count: 5, certainty: 0.6 }), []);
      const [found, ...more] = await store.nearest(A, 'patterns', axis(7), { count: 5, filter: { direction: 'SELL' } });
      assert.deepEqual([found?.item.timeframe, more], ['H4', []]);
    }
    const now = await world.reopened();
    await now.put(A, 'patterns', [{ item: pattern('two'), vector: axis(3) }]);
    await now.remove(A, 'patterns', [idOf('one'), idOf('nobody')]);
    for await (const store of nowAndReopened({ ...world, store: now })) {
      assert.equal(await store.get(A, 'patterns', idOf('one')), undefined);
      assert.deepEqual(idsOf(await store.nearest(A, 'patterns', axis(7), { count: 5 })), [idOf('two')]);
    }
  });

  test(`${name}: no tenant sees, changes, removes or merges into what is another's`, async () => {
    await using world = await open();
    const { store } = world;
    await store.keep(A, { item: sighting('of a'), vector: axis(0) });
    await store.put(A, 'strategies', [{ item: strategy('of a'), vector: axis(0) }]);
    for (const other of [B, 'tenant-a-b', 'tenant']) {
      assert.deepEqual(await store.nearest(other, 'patterns', axis(0), { count: 5 }), []);
      assert.deepEqual(await store.page(other, 'strategies'), []);
      assert.equal(await store.get(other, 'patterns', idOf('of a')), undefined);
      const outcome = { signalId: 's', won: true, profitPips: 1, atMs: 1 };
      assert.equal(await store.recordOutcome(other, idOf('of a'), outcome), undefined);
      await store.remove(other, 'patterns', [idOf('of a')]);
      await store.deleteTenant(other);
    }
    assert.equal((await store.get(A, 'patterns', idOf('of a')))?.item.trades, 0);
    const same = pattern('of a', { trades: 99 });
    await store.put(B, 'patterns', [{ item: same, vector: axis(1) }]);
    assert.equal((await store.get(A, 'patterns', idOf('of a')))?.item.trades, 0);
  });

  test(`${name}: a tenant that is deleted has nothing in any collection, for good, and may begin anew`, async () => {
    await using world = await open();
    const { store } = world;
    for (const tenant of [A, B]) {
      await store.put(tenant, 'patterns', [{ item: pattern('one'), vector: axis(0) }]);
      await store.put(tenant, 'correlations', [{ item: correlation('two'), vector: axis(0) }]);
      await store.put(tenant, 'strategies', [{ item: strategy('three'), vector: axis(0) }]);
    }
    await store.deleteTenant(A);
    await store.deleteTenant(A);
    for await (const now of nowAndReopened(world)) {
      for (const collection of ['patterns', 'correlations', 'strategies'] as const) {
        assert.deepEqual(await now.page(A, collection), [], collection);
        assert.equal((await now.page(B, collection)).length, 1, collection);
      }
    }
    const now = await world.reopened();
    await now.put(A, 'patterns', [{ item: pattern('new'), vector: axis(0) }]);
    assert.deepEqual(idsOf(await now.nearest(A, 'patterns', axis(0), { count: 5 })), [idOf('new')]);
  });

  test(`${name}: pages go through a whole collection by id`, async () => {
    await using world = await open();
    const random = seeded('pages');
    const count = LIMITS.patterns.pageItems + 40;
    const items = Array.from({ length: count }, (_, at) => ({ item: pattern(`paged ${at}`), vector: randomVector(random) }));
    await world.store.put(A, 'patterns', items);
    const paged: string[] = [];
    for (let after: string | undefined; ; after = paged.at(-1)) {
      const page = await world.store.page(A, 'patterns', after);
      assert.ok(page.length <= LIMITS.patterns.pageItems);
      if (page.length === 0) break;
      paged.push(...page.map(({ item }) => item.id));
    }
    assert.deepEqual(paged, items.map(({ item }) => item.id).sort());
  });

  test(`${name}: what cannot be a tenant, an id or a place is refused in a sentence, and nothing is stored`, async () => {
    await using world = await open();
    const { store } = world;
    const item = sighting('one');
    const refused = { code: 'INPUT_INVALID' };
    for (const tenant of ['', '..', '.', '../tenant-b', 'a/b', "a' OR 1=1", 'a"b', 'A', 'a b', '*', 'x'.repeat(64)]) {
      await assert.rejects(async () => store.keep(tenant, { item, vector: axis(0) }), refused, JSON.stringify(tenant));
      await assert.rejects(async () => store.nearest(tenant, 'patterns', axis(0), { count: 1 }), refused);
      await assert.rejects(async () => store.deleteTenant(tenant), refused);
    }
    for (const id of ['', 'one', idOf('one').toUpperCase(), `${idOf('one')}'`]) {
      await assert.rejects(async () => store.keep(A, { item: { ...item, id }, vector: axis(0) }), refused, id);
      await assert.rejects(async () => store.get(A, 'patterns', id), refused, id);
    }
    const places = [new Float32Array(128), new Float32Array(127).fill(1), axis(0).fill(Number.NaN), axis(0).fill(Infinity)];
    for (const vector of places) {
      await assert.rejects(async () => store.keep(A, { item, vector }), refused);
      await assert.rejects(async () => store.nearest(A, 'patterns', vector, { count: 1 }), refused);
    }
    for (const count of [0, -1, 1.5, Number.NaN, LIMITS.patterns.pageItems + 1])
      await assert.rejects(async () => store.nearest(A, 'patterns', axis(0), { count }), refused, `${count}`);
    assert.deepEqual(await store.page(A, 'patterns'), []);
    assert.equal(store.fault, undefined);
  });
}
