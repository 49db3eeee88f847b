/** The frame of HTTP over the twin of the ledger and a few live actors: whoever a request says it comes of is believed. */
import { refusedOutcome } from '../../src/accounts/refused-outcome.js';
import type { Principal, Reach } from '../../src/access/principal.js';
import type { Role } from '../../src/access/roles.js';
import { type HttpServer, serveHttp } from '../../src/admin/http.js';
import { LatencyRing } from '../../src/admin/latency-ring.js';
import type { RequestLimits } from '../../src/admin/request-limits.js';
import type { Route } from '../../src/admin/route.js';
import { accountRoutes } from '../../src/admin/routes/accounts.js';
import { actorRoutes } from '../../src/admin/routes/actors.js';
import { auditRoutes } from '../../src/admin/routes/audit.js';
import { documentRoutes } from '../../src/admin/routes/documents.js';
import { healthRoutes } from '../../src/admin/routes/health.js';
import { type MarketViews, marketRoutes } from '../../src/admin/routes/market.js';
import { nodeRoutes } from '../../src/admin/routes/node.js';
import { resultRoutes } from '../../src/admin/routes/results.js';
import { signalRoutes } from '../../src/admin/routes/signals.js';
import { tenantRoutes } from '../../src/admin/routes/tenants.js';
import { systemClock } from '../../src/runtime/clock.js';
import { verifiedAudit } from '../../src/storage/audit/verified-audit.js';
import type { Ledger } from '../../src/storage/ledger/ledger.js';
import { MemoryLedger } from '../../src/storage/ledger/memory.js';
import { accountId, START_MS } from '../contracts/ledger-world.js';
import { readWorld } from '../contracts/reads-world.js';
import { type TestSystem, testSystem } from './actors.js';
import { cardOf } from './model-cards.js';

/** Who asks in a test: `role`, or `role@tenant`, or `role@tenant/account`. */
export function principalOf(word: string): Principal {
  const [role = '', where] = word.split('@');
  const [tenantId = '', account] = (where ?? '').split('/');
  const reach = (): Reach => {
    if (where === undefined) return { kind: 'all' };
    return account === undefined ? { kind: 'tenant', tenantId } : { kind: 'account', tenantId, accountId: account };
  };
  return { name: word, role: role as Role, reach: reach(), secondFactorMs: null };
}

const CANDLE = {
  symbol: 'EURUSD',
  timeframe: 'M15',
  time: START_MS,
  open: 1.1,
  high: 1.2,
  low: 1,
  close: 1.15,
  volume: 7,
  spread: 0.0001,
  gapBefore: 0,
} as const;

/** The one that closed when the world began, and the one after it. */
const AROUND_START = [
  { ...CANDLE, time: START_MS - 900_000 },
  { ...CANDLE, low: 1.095 },
];

/** The north follows EURUSD alone. */
const MARKET: MarketViews = {
  timeframes: ['M1', 'M15'],
  symbols: ['EURUSD', 'USDJPY'],
  sees: (reach, symbol) => reach.kind === 'all' || symbol === 'EURUSD',
  quote: (symbol) => (symbol === 'EURUSD' ? { bid: 1.1, ask: 1.2, timeMs: START_MS } : undefined),
  newest: (symbol) => (symbol === 'EURUSD' ? CANDLE : undefined),
  candles: () => Array.from({ length: 5 }, (_, at) => ({ ...CANDLE, time: START_MS + at * 900_000 })),
  features: (reach) => ({ time: START_MS, values: reach.kind === 'all' ? { rsi_14: 50, ema_20: null } : { rsi_14: 50 } }),
  regime: () => 'quiet',
  prediction: () => undefined,
  nowMs: () => START_MS + 5_000,
};

export function routesOver(ledger: Ledger, { system }: TestSystem): readonly Route[] {
  const { reads } = ledger;
  const latency = new LatencyRing(systemClock);
  return [
    ...healthRoutes({
      readiness: async () => ({ ready: true, parts: { ledger: { ok: true } } }),
      metrics: async () => ({ contentType: 'text/plain', body: 'suho 1\n' }),
      mayMeasure: async () => true,
    }),
    ...actorRoutes(system, systemClock),
    ...marketRoutes(MARKET),
    ...tenantRoutes({
      reads,
      allowances: () => [{ what: 'requests', limit: null, used: 0, left: null, resetsAt: '' }],
      tier: ({ tier }) => ({ tier }),
      trading: () => ({}),
      usage: async () => ({ requests: 3 }),
    }),
    ...accountRoutes({ reads, live: async () => ({ state: 'away' }), nowMs: () => START_MS + 100 }),
    ...signalRoutes(
      reads,
      (lineage) => ({ of: lineage }),
      (refusal) => refusedOutcome(refusal, AROUND_START),
    ),
    ...resultRoutes({ reads, ledger, candles: () => AROUND_START, nowMs: () => START_MS + 100 }),
    ...auditRoutes(reads, (reach) => verifiedAudit(reads, reach)),
    ...nodeRoutes({
      models: () => [{ card: cardOf(), out: undefined }],
      stores: async () => [{ name: 'ledger', ok: true, writers: {} }],
      cluster: () => ({ nodes: [] }),
      latency: () => latency.points(),
    }),
  ];
}

export interface HttpWorld extends AsyncDisposable {
  readonly ledger: MemoryLedger;
  readonly system: TestSystem;
  /** All that the server answers, its documents among them. */
  readonly routes: readonly Route[];
  readonly server: HttpServer;
  readonly url: string;
  ask(path: string, as?: string, init?: RequestInit): Promise<Response>;
}

interface WorldOptions {
  readonly limits?: RequestLimits;
  readonly more?: readonly Route[];
  readonly system?: TestSystem;
}

export async function httpWorld({ limits, more = [], system = testSystem() }: WorldOptions = {}): Promise<HttpWorld> {
  const ledger = new MemoryLedger();
  await readWorld(ledger);
  const routes = [...routesOver(ledger, system), ...more];
  const server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    routes,
    ...(limits === undefined ? {} : { limits }),
    authenticate: async ({ headers }) => (typeof headers['x-as'] === 'string' ? principalOf(headers['x-as']) : undefined),
  });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    ledger,
    system,
    routes: [...routes, ...documentRoutes({ routes, openApi: () => ({}) })],
    server,
    url,
    ask: (path, as, init = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { ...init.headers, ...(as === undefined ? {} : { 'x-as': as }) } }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await system[Symbol.asyncDispose]();
      await ledger.close();
    },
  };
}

/** An account of the north. */
export const NORTHERN = accountId(1);
