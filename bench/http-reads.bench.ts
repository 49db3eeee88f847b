/**
 * How many reads a second does the node answer over HTTP, beside a bare Fastify route that returns the same bytes? The bar: 0.6
 * of it.
 *
 * The whole frame: who asks, what may come of an address, zod, the route, the answer written by its schema, headers, tag. The load
 * comes of a thread of its own, 32 connections, one request at a time each. What is read stands in memory, so that the ledger
 * is not what is measured; meanwhile prices come, as many as of a lively market of as many symbols.
 */
import { Worker } from 'node:worker_threads';
import Fastify from 'fastify';
import { Meter } from '../src/accounts/meter.js';
import { Tiers } from '../src/accounts/tiers.js';
import { requestLimits } from '../src/admin/request-limits.js';
import { serveHttp } from '../src/admin/http.js';
import { type MarketViews, marketRoutes } from '../src/admin/routes/market.js';
import { QuoteBoard } from '../src/market/quote-board.js';
import { systemClock } from '../src/runtime/clock.js';
import { readCostUnits, readTiers } from '../src/storage/tier-table.js';
import { compare } from './support/compare.js';
import type { HttpLoad } from './support/http-load.js';

const REQUESTS = 4_000;
const ROUNDS = 20;
const QUOTES_PER_SECOND = 500;
const START_MS = 1_772_409_600_000;

const symbols = Array.from({ length: 30 }, (_, at) => `PAIR${String(at).padStart(2, '0')}`);
const candles = Array.from({ length: 300 }, (_, at) => ({
  symbol: 'PAIR00',
  timeframe: 'M15' as const,
  time: START_MS + at * 900_000,
  open: 1.08 + at / 1e5,
  high: 1.081 + at / 1e5,
  low: 1.079 + at / 1e5,
  close: 1.0805 + at / 1e5,
  volume: 1_000 + at,
  spread: 0.00012,
  gapBefore: 0,
}));
const board = new QuoteBoard();
const post = (at: number): void =>
  board.post(symbols[at % symbols.length] as string, {
    bid: 1.08 + (at % 97) / 1e5,
    ask: 1.0801 + (at % 97) / 1e5,
    timeMs: START_MS + at,
  });
for (let at = 0; at < symbols.length; at++) post(at);
const views: MarketViews = {
  timeframes: ['M15'],
  symbols,
  sees: () => true,
  quote: (symbol) => board.latest(symbol),
  newest: () => candles.at(-1),
  candles: () => candles,
  features: () => undefined,
  regime: () => undefined,
  prediction: () => undefined,
  nowMs: () => START_MS,
};

const shipped = await readTiers();
// A tenant with more requests than are sent: each is counted, charged and told of.
const rules = { ...shipped.rules('enterprise'), requestsPerMinute: 1_000_000_000 };
const tiers = new Tiers({ free: rules, basic: rules, pro: rules, enterprise: rules });
const meter = new Meter({ tiers, costs: await readCostUnits(), count: () => {} });
const limits = requestLimits({ meter, tiers, tierOf: () => 'enterprise', clock: systemClock, machine: systemClock });
const server = await serveHttp({
  host: '127.0.0.1',
  port: 0,
  routes: marketRoutes(views),
  limits,
  authenticate: async () => ({
    name: 'reader',
    role: 'tenant-reader',
    reach: { kind: 'tenant', tenantId: 'north' },
    secondFactorMs: null,
  }),
});
const bare = Fastify({ logger: false });
let posted = symbols.length;
const market = setInterval(() => post(posted++), 1_000 / QUOTES_PER_SECOND);
const worker = new Worker(new URL('./support/http-load.js', import.meta.url));
const load = (wish: HttpLoad): Promise<void> =>
  new Promise((done) => {
    worker.once('message', () => done());
    worker.postMessage(wish);
  });

const PATHS = ['/v1/symbols', '/v1/symbols/PAIR00/candles?most=20', '/v1/symbols/PAIR00/candles?most=300'];
const bytes = new Map<string, string>();
for (const path of PATHS) bytes.set(path, await (await fetch(`http://127.0.0.1:${server.port}${path}`)).text());
for (const [at, path] of PATHS.entries())
  bare.get(`/bare/${at}`, (_request, reply) => reply.type('application/json; charset=utf-8').send(bytes.get(path)));
await bare.listen({ host: '127.0.0.1', port: 0 });
const barePort = (bare.server.address() as { port: number }).port;

for (const [at, path] of PATHS.entries()) {
  const shared = { requests: REQUESTS, connections: 32 };
  await compare(
    `${path}: ${bytes.get(path)?.length} bytes`,
    REQUESTS,
    () => load({ ...shared, port: server.port, path }),
    () => load({ ...shared, port: barePort, path: `/bare/${at}` }),
    { rounds: ROUNDS, peerName: 'bare Fastify' },
  );
}
clearInterval(market);
await worker.terminate();
await bare.close();
await server.close();
