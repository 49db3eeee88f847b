import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KeptAnswers } from '../../src/admin/kept-answers.js';
import { LIMITS } from '../../src/limits.js';
import { marketRoutes } from '../../src/admin/routes/market.js';
import { serveHttp } from '../../src/admin/http.js';

test('an answer is made anew exactly when something that it is made of is another', () => {
  const parts = fc.array(fc.constantFrom<unknown>(1, Number.NaN, undefined, 'a', 0, -0), { maxLength: 3 });
  const asked = fc.record({ name: fc.constantFrom('a', 'b'), madeOf: parts });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 40 }), (asks) => {
      const answers = new KeptAnswers();
      const newest = new Map<string, readonly unknown[]>();
      for (const { name, madeOf } of asks) {
        const before = newest.get(name);
        const same = before?.length === madeOf.length && before.every((one, at) => Object.is(one, madeOf[at]));
        let made = 0;
        const { body } = answers.answer(name, madeOf, () => {
          made += 1;
          return madeOf;
        });
        assert.deepEqual([made, body], [same ? 0 : 1, madeOf]);
        newest.set(name, madeOf);
      }
    }),
  );
});

test('so many are kept, and the one that was kept for longest is let go', () => {
  const answers = new KeptAnswers();
  const { keptAnswers } = LIMITS.http;
  for (let at = 0; at <= keptAnswers; at++) answers.answer(String(at), [], () => at);
  let made = 0;
  const again = (name: string): unknown =>
    answers.answer(name, [], () => {
      made += 1;
      return 'anew';
    }).body;
  assert.deepEqual([again('1'), made, again('0'), made], [1, 0, 'anew', 1]);
});

test('what a market answers is of now: a new candle and a new price are told, and one tenant is not told another’s symbols', async () => {
  const candle = (time: number) => ({ ...{ symbol: 'EURUSD', timeframe: 'M15' as const, time }, ...PRICES });
  let candles = [candle(0), candle(900_000)];
  let quotes: Readonly<Record<string, { bid: number; ask: number; timeMs: number }>> = {
    EURUSD: { bid: 1, ask: 2, timeMs: 1 },
    USDJPY: { bid: 3, ask: 4, timeMs: 1 },
  };
  await using server = await market({
    candles: () => candles,
    newest: () => candles.at(-1),
    quote: (symbol: string) => quotes[symbol],
  });
  const told = async (path: string, tenant = 'north') => (await server.ask(path, tenant)) as { rows: Record<string, unknown>[] };
  const times = async (path: string) => (await told(path)).rows.map(({ time }) => time);
  assert.deepEqual(await times('/v1/symbols/EURUSD/candles'), [0, 900_000]);
  assert.deepEqual(await times('/v1/symbols/EURUSD/candles?most=1'), [900_000]);
  candles = [candle(900_000), candle(1_800_000)];
  assert.deepEqual(await times('/v1/symbols/EURUSD/candles'), [900_000, 1_800_000]);
  assert.deepEqual(await times('/v1/symbols/EURUSD/candles?to=1800000'), [900_000]);

  const shown = async (tenant: string) => (await told('/v1/symbols', tenant)).rows;
  assert.deepEqual(await shown('north'), [{ symbol: 'EURUSD', quote: quotes.EURUSD }]);
  assert.deepEqual(await shown('south'), [{ symbol: 'USDJPY', quote: quotes.USDJPY }]);
  quotes = { ...quotes, EURUSD: { bid: 1.5, ask: 2, timeMs: 2 } };
  assert.deepEqual(await shown('north'), [{ symbol: 'EURUSD', quote: quotes.EURUSD }]);
});

const PRICES = { open: 1, high: 2, low: 0.5, close: 1.5, volume: 10, spread: 0.1, gapBefore: 0 };

async function market(views: Pick<Parameters<typeof marketRoutes>[0], 'candles' | 'newest' | 'quote'>) {
  const server = await serveHttp({
    ...{ host: '127.0.0.1', port: 0 },
    routes: marketRoutes({
      ...{ timeframes: ['M15'], symbols: ['EURUSD', 'USDJPY'], features: () => undefined, regime: () => undefined },
      ...{ prediction: () => undefined, nowMs: () => 0, ...views },
      sees: (reach, symbol) => reach.kind !== 'all' && (reach.tenantId === 'north') === (symbol === 'EURUSD'),
    }),
    authenticate: async ({ headers }) => ({
      ...{ name: 'reader', role: 'tenant-reader', secondFactorMs: null },
      reach: { kind: 'tenant', tenantId: String(headers['x-tenant']) },
    }),
  });
  return {
    ask: async (path: string, tenant: string): Promise<unknown> => {
      const answer = await fetch(`${server.url}${path}`, { headers: { 'x-tenant': tenant } });
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      return answer.json();
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}
