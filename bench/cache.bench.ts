/**
 * What do typed keys, packed values and the watch over silence cost, beside ioredis with neither?
 *
 * Both write and read the same candle under the same load: so many callers, each waiting for its answer before the next. The bare
 * driver sends JSON-free bytes that are packed beforehand, in pipelines as the cache's do. Then the twin in process, and reading
 * many at once.
 */
import { Redis } from 'ioredis';
import { systemClock } from '../src/runtime/clock.js';
import { seededRandom } from '../src/runtime/random.js';
import { marketKey } from '../src/storage/cache/keys.js';
import { MemoryCache } from '../src/storage/cache/memory-cache.js';
import { RedisCache } from '../src/storage/cache/redis-cache.js';
import { redisMissing, startRedis } from '../test/support/redis-server.js';
import { walkOfCandles } from '../test/support/walk-of-candles.js';
import { compare } from './support/compare.js';

const KEYS = 64;
const ROUNDS = 9;
const symbols = Array.from({ length: KEYS }, (_, at) => `PAIR${at}`);
const candles = walkOfCandles('EURUSD', 'M1', 1);
const keys = symbols.map((symbol) => marketKey('candles', symbol, 'M1'));
const at = (index: number): (typeof keys)[number] => keys[index % KEYS] as (typeof keys)[number];

/** Callers that ask one thing after the other. */
async function asked(callers: number, each: number, ask: (index: number) => Promise<unknown>): Promise<void> {
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let turn = 0; turn < each; turn++) await ask(caller + turn * callers);
    }),
  );
}

const missing = redisMissing();
const memory = new MemoryCache({ clock: systemClock });
await memory.setMany(keys.map((key) => [key, candles] as const));
if (missing !== false) console.log(`not compared: ${missing}`);
else {
  await using server = await startRedis();
  const cache = await RedisCache.open({ url: server.url, clock: systemClock, timers: systemClock, random: seededRandom(1) });
  const bare = new Redis(server.url, { enableAutoPipelining: true });
  const bytes = Buffer.from(at(0).encode(candles));
  for (const [callers, each] of [
    [1, 1_000],
    [64, 150],
    [1_000, 10],
  ] as const) {
    const name = `${callers} caller${callers === 1 ? '' : 's'}`;
    await compare(
      `set of a candle, ${name}`,
      callers * each,
      () => asked(callers, each, (index) => cache.set(at(index), candles)),
      () => asked(callers, each, (index) => bare.set(at(index).text, bytes, 'PX', at(index).ttlMs)),
      { rounds: ROUNDS, peerName: 'bare ioredis' },
    );
    await compare(
      `get of a candle, ${name}`,
      callers * each,
      () => asked(callers, each, (index) => cache.get(at(index))),
      () => asked(callers, each, (index) => bare.getBuffer(at(index).text)),
      { rounds: ROUNDS, peerName: 'bare ioredis' },
    );
  }
  await compare(
    `get of ${KEYS} candles at once`,
    KEYS * 200,
    () => asked(1, 200, () => cache.getMany(keys)),
    () => asked(1, 200, () => bare.mgetBuffer(keys.map(({ text }) => text))),
    { rounds: ROUNDS, peerName: 'bare ioredis' },
  );
  await compare(
    'get of a candle in process, beside the server, 64 callers',
    9_600,
    () => asked(64, 150, (index) => memory.get(at(index))),
    () => asked(64, 150, (index) => cache.get(at(index))),
    { rounds: ROUNDS, peerName: 'Redis' },
  );
  bare.disconnect();
  await cache.close();
}
