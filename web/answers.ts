/**
 * What the page reads of the node's answers, by their addresses. Only its types are part of the page: a test holds them against
 * what the routes are described to answer, and against what a node does answer.
 */
import { z } from 'zod';
import { ROLES } from '../src/access/roles.js';
import type { Derivation, Lineage } from '../src/signals/lineage.js';

const atMs = z.number();
const named = z.record(z.string(), z.unknown());
const rowsOf = <T extends z.ZodType>(row: T) => z.object({ rows: z.array(row) });
const pageOf = <T extends z.ZodType>(row: T) => z.object({ rows: z.array(row), next: z.string().nullable() });

const me = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  tenantId: z.string().nullable(),
  secondFactorUntilMs: z.number().nullable().describe('Until when the second factor that was shown counts.'),
  csrf: z.string().nullable(),
});
const user = z.object({
  name: z.string(),
  tenantId: z.string().nullable(),
  role: z.enum(ROLES),
  addresses: z.array(z.string()),
  password: z.boolean(),
  secondFactor: z.boolean(),
  program: z.boolean(),
  createdAt: atMs,
});

const alert = z.object({
  id: z.string(),
  rule: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  subject: z.string(),
  tenantId: z.string().nullable(),
  accountId: z.string().nullable(),
  unit: z.string(),
  limit: z.number(),
  value: z.number(),
  sentence: z.string(),
  advice: z.string(),
  firedMs: atMs,
  resolvedMs: atMs.nullable(),
  acknowledged: z.object({ by: z.string() }).nullable(),
});

const halt = z.object({ reason: z.string(), by: z.string() });
const tenant = z.object({
  id: z.string(),
  name: z.string(),
  tier: z.string(),
  signalTimeframe: z.string(),
  strategy: z.string(),
  symbols: z.array(z.string()),
  trading: named,
  stopped: halt.nullable(),
  createdAt: atMs,
});
const account = z.object({
  id: z.string(),
  tenantId: z.string(),
  mode: z.enum(['observe', 'demo', 'live']),
  previousUntil: atMs.nullable(),
  keyUsedAt: atMs.nullable(),
  keyRevoked: z.boolean(),
  seq: z.number(),
  epoch: z.number(),
  login: z.number().nullable(),
  server: z.string().nullable(),
  currency: z.string().nullable(),
  disabled: halt.nullable(),
  createdAt: atMs,
});
const finance = z.object({ balance: z.number(), equity: z.number(), margin: z.number(), freeMargin: z.number() });
const direction = z.enum(['BUY', 'SELL']);
const position = z.object({
  position: z.string(),
  brokerName: z.string(),
  direction,
  volume: z.number(),
  openPrice: z.number(),
  stopLoss: z.number(),
  takeProfit: z.number(),
});
const live = z.object({
  session: z.object({ startedMs: atMs, address: z.string(), profile: z.string() }).nullable(),
  finance: finance.nullable(),
  risk: z.object({
    drawdownPercent: z.number().nullable(),
    dailyLossPercent: z.number().nullable(),
    weeklyLossPercent: z.number().nullable(),
  }),
  positions: z.array(position).nullable(),
});
const command = z.object({
  id: z.string(),
  action: z.string(),
  reason: z.string(),
  askedBy: z.string(),
  state: z.string(),
  said: z.string().nullable(),
  createdAt: atMs,
});

const signal = z.object({
  id: z.string(),
  accountId: z.string(),
  tenantId: z.string(),
  seq: z.number(),
  strategy: z.string(),
  symbol: z.string(),
  timeframe: z.string(),
  closeTime: atMs,
  kind: z.enum(['OPEN', 'CLOSE']),
  direction,
  entry: z.number(),
  entryLow: z.number(),
  entryHigh: z.number(),
  stopLoss: z.number(),
  takeProfit: z.number(),
  volume: z.number(),
  riskPercent: z.number(),
  score: z.number(),
  strength: z.string(),
  parts: z.object({ ml: z.number().optional(), pattern: z.number().optional(), technical: z.number().optional() }),
  validUntil: atMs,
  state: z.enum(['PENDING', 'SENT', 'UNKNOWN', 'EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'CLOSED']),
  reason: z.string().nullable(),
  filledVolume: z.number(),
  fillPrice: z.number(),
  createdAt: atMs,
});
const execution = z.object({
  outcome: z.string(),
  filledVolume: z.number(),
  price: z.number(),
  receivedAt: atMs,
  sentence: z.string(),
});
const deal = z.object({
  entry: z.string(),
  volume: z.number(),
  price: z.number(),
  profit: z.number(),
  brokerTime: atMs,
});
const entry = z.object({
  tenantId: z.string(),
  writer: z.number(),
  seq: z.number(),
  atMs,
  kind: z.string(),
  subject: z.string(),
  body: z.string(),
  hash: z.string(),
});
const life = z.object({
  signal,
  executions: z.array(execution),
  deals: z.array(deal),
  told: z.array(entry),
  lineage: z.custom<Lineage | null>(),
  explanation: z.custom<Derivation | null>(),
});

const outcome = z.object({
  kind: z.enum(['target', 'stop', 'open', 'unknown']),
  why: z.string().optional(),
  pips: z.number().optional(),
  risks: z.number().optional(),
});
const refusal = z.object({
  accountId: z.string(),
  tenantId: z.string(),
  strategy: z.string(),
  symbol: z.string(),
  closeTime: atMs,
  direction,
  reason: z.string(),
  figures: named,
  outcome,
});
const totals = z.object({
  trades: z.number(),
  wins: z.number(),
  net: z.number(),
  drawdown: z.number(),
  profitFactor: z.number().nullable(),
});
const groups = z.array(
  z.object({ key: z.string(), totals: z.object({ trades: z.number(), wins: z.number(), net: z.number() }) }),
);
const results = z.object({
  fromMs: atMs,
  toMs: atMs,
  accounts: z.number(),
  moreAccounts: z.boolean(),
  incomplete: z.number(),
  currencies: z.array(
    z.object({
      currency: z.string(),
      totals,
      curve: z.array(z.object({ atMs, net: z.number() })),
      bySymbol: groups,
      byHour: groups,
      byBroker: groups,
    }),
  ),
  refusals: z.object({
    byReason: z.array(
      z.object({
        reason: z.string(),
        refused: z.number(),
        targets: z.number(),
        stops: z.number(),
        open: z.number(),
        unknown: z.number(),
        pips: z.number(),
        risks: z.number(),
      }),
    ),
    more: z.boolean(),
  }),
});

const quote = z.object({ bid: z.number(), ask: z.number(), timeMs: atMs }).nullable();
const symbol = z.object({
  symbol: z.string(),
  quote,
  timeframes: z.array(
    z.object({
      timeframe: z.string(),
      newest: atMs.nullable(),
      regime: z.string().nullable(),
      prediction: z
        .object({
          scores: z.object({ BUY: z.number(), SELL: z.number() }).nullable().optional(),
          absent: z.string().optional(),
        })
        .nullable(),
    }),
  ),
});
const candle = z.object({
  time: atMs,
  open: z.number(),
  high: z.number(),
  low: z.number(),
  close: z.number(),
  volume: z.number(),
});

const part = z.object({ ok: z.boolean(), optional: z.boolean().optional(), detail: z.string().optional() });
const store = part.extend({ name: z.string(), writers: z.record(z.string(), z.record(z.string(), z.number())) });
const model = z.object({
  name: z.string(),
  version: z.number(),
  kind: z.string(),
  timeframe: z.string(),
  answers: z.boolean(),
  sentence: z.string().nullable(),
});
const span = z.object({ rows: z.number() });
const card = z.object({
  data: z.array(z.object({ symbol: z.string() })),
  split: z.object({ train: span, validation: span, test: span }),
  metrics: z.array(
    z.object({ name: z.string(), better: z.string(), model: z.number(), baselines: z.record(z.string(), z.number()) }),
  ),
  trainedAt: z.string(),
  expiresAt: z.string(),
  details: z.unknown(),
});
const job = z.object({
  name: z.string(),
  everyMs: z.number(),
  startAt: atMs,
  leaseUntil: atMs,
  runs: z.number(),
  failures: z.number(),
  endedAt: atMs.nullable(),
  outcome: z.enum(['done', 'failed']).nullable(),
  sentence: z.string().nullable(),
});

const seenActor = {
  path: z.string(),
  name: z.string(),
  state: z.enum(['running', 'backing-off', 'stopped']),
  stuck: z.boolean(),
  mailbox: z.number(),
  handled: z.number(),
  refused: z.number(),
  restarts: z.number(),
  lastError: z.string().nullable(),
  ageMs: z.number(),
  waitingMs: z.number(),
  figures: named.nullable(),
  childCount: z.number(),
};
export interface SeenActor extends Readonly<z.output<z.ZodObject<typeof seenActor>>> {
  readonly children: readonly SeenActor[];
}
const children: z.ZodType<readonly SeenActor[]> = z.array(z.object({ ...seenActor, children: z.lazy(() => children) }));

export const ANSWERS = {
  '/v1/session': z.object({ me: me.nullable(), renewable: z.boolean(), oidc: z.boolean() }),
  '/v1/session/totp': z.object({ mayHave: z.boolean(), enrolled: z.boolean(), recoveryCodesLeft: z.number() }),
  '/v1/users': pageOf(user),
  '/v1/alerts': pageOf(alert),
  '/v1/tenants': pageOf(tenant),
  '/v1/tenants/:id': z.object({
    tenant,
    allowances: z.array(z.object({ what: z.string(), limit: z.number().nullable(), used: z.number(), resetsAt: z.string() })),
    settings: z.object({ risk: named, exits: named }),
  }),
  '/v1/tenants/:id/results': results,
  '/v1/accounts': pageOf(account),
  '/v1/accounts/:id': z.object({
    account,
    state: z.enum(['live', 'away', 'backing-off', 'stuck', 'silent']),
    live: live.nullable(),
    node: z.string().nullable(),
  }),
  '/v1/accounts/:id/equity': rowsOf(z.object({ atMs, balance: z.number(), equity: z.number(), drawdownPercent: z.number() })),
  '/v1/accounts/:id/commands': rowsOf(z.object({ command, over: z.boolean() })),
  '/v1/signals': pageOf(signal),
  '/v1/signals/:id': life,
  '/v1/refusals': pageOf(refusal),
  '/v1/symbols': rowsOf(z.object({ symbol: z.string(), quote })),
  '/v1/symbols/:symbol': symbol,
  '/v1/symbols/:symbol/candles': rowsOf(candle),
  '/v1/symbols/:symbol/features': z.object({ values: z.record(z.string(), z.number().nullable()) }),
  '/v1/models': rowsOf(model),
  '/v1/models/:name': rowsOf(model.extend({ card })),
  '/v1/stores': rowsOf(store),
  '/v1/cluster': z.object({
    version: z.string(),
    generation: z.number().nullish(),
    nodes: z.array(
      z.object({
        self: z.boolean(),
        name: z.string(),
        // Of this node alone.
        engineTime: z.string().optional(),
        listeners: z.array(z.string()).optional(),
        // Of each node of a cluster.
        version: z.string().optional(),
        fit: z.boolean().optional(),
        why: z.string().nullish(),
        url: z.string().nullish(),
        sessions: z.number().optional(),
        heardAgoMs: z.number().optional(),
        has: z.record(z.string(), z.number()).optional(),
      }),
    ),
  }),
  '/v1/jobs': rowsOf(job),
  '/v1/latency': rowsOf(z.object({ atMs, count: z.number(), p50: z.number(), p99: z.number(), max: z.number() })),
  '/v1/actors': z.object({
    deadLetters: z.number(),
    stoppedForGood: z.array(z.object({ path: z.string(), error: z.string() })),
    root: z.object({ ...seenActor, children }),
  }),
  '/v1/audit': pageOf(entry),
  '/v1/audit/verify': z.object({ ok: z.boolean(), entries: z.number(), faultCount: z.number() }),
  '/readyz': z.object({ status: z.string(), parts: z.record(z.string(), part) }),
} as const;

export type Address = keyof typeof ANSWERS;
export type Told<A extends Address> = z.output<(typeof ANSWERS)[A]>;

export type Me = z.output<typeof me>;
export type UserRow = z.output<typeof user>;
export type AlertRow = z.output<typeof alert>;
export type TenantRow = z.output<typeof tenant>;
export type AccountRow = z.output<typeof account>;
export type Position = z.output<typeof position>;
export type SignalRow = z.output<typeof signal>;
export type RefusalRow = z.output<typeof refusal>;
export type CandleRow = z.output<typeof candle>;
export type StoreRow = z.output<typeof store>;
export type ModelRow = z.output<typeof model>;
export type CardedModel = Told<'/v1/models/:name'>['rows'][number];
export type JobRow = z.output<typeof job>;
export type AuditEntry = z.output<typeof entry>;
