/** What was decided and what became of it: signals, refusals, executions, deals, limits that were reached. */
import { z } from 'zod';
import type { RefusedOutcome } from '../../accounts/refused-outcome.js';
import type { RefusalRow } from '../../storage/ledger/ledger.js';
import type { LedgerReads } from '../../storage/ledger/reads.js';
import { filledPage, pageOf, pageQuery, spanQuery } from '../paging.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import { outcomeShape } from './results.js';
import { auditShape, dealShape, executionShape, figures, refusalShape, riskEventShape, signalShape } from './ledger-shapes.js';

/** A signal's derivation, worked out anew from what was kept of its decision. */
export type Explain = (lineage: string) => Readonly<Record<string, unknown>> | undefined;

/** What a refused signal would have brought, by the candles that are kept. */
export type OutcomeOf = (refusal: RefusalRow) => RefusedOutcome;

const STATES = ['PENDING', 'SENT', 'UNKNOWN', 'EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'CLOSED'] as const;
const OUTCOMES = ['EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'UNKNOWN'] as const;
const SEVERITIES = ['info', 'warning', 'critical'] as const;

const word = z.string().min(1).max(64);
const owned = {
  tenant: word.optional().describe('Of one tenant.'),
  account: z.uuid().optional().describe('Of one account.'),
  ...spanQuery,
  ...pageQuery,
};
const symbol = word.optional();

const signalsQuery = z.strictObject({ ...owned, symbol, state: z.enum(STATES).optional() });
const refusalsQuery = z.strictObject({ ...owned, symbol, reason: word.optional() });
const executionsQuery = z.strictObject({ ...owned, outcome: z.enum(OUTCOMES).optional() });
const dealsQuery = z.strictObject({ ...owned, symbol });
const riskEventsQuery = z.strictObject({ ...owned, kind: word.optional(), severity: z.enum(SEVERITIES).optional() });

const life = z.object({
  signal: signalShape,
  executions: z.array(executionShape),
  deals: z.array(dealShape),
  closes: z.array(signalShape).describe('Signals that close its position.'),
  told: z.array(auditShape).describe('What the audit log tells of it, in the order of time.'),
  lineage: z.unknown().describe('What the decision was made of; null where that was not kept, or has left for the archive.'),
  explanation: figures.nullable().describe('The decision worked out anew from that: each part with its scores and weights.'),
});

interface Owned {
  readonly tenant?: string | undefined;
  readonly account?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly after?: string | undefined;
  readonly most: number;
}

/** Whose, of when and beside that what; and which page of it. */
function asked<Q extends Owned>({ tenant, account, from, to, after, most, ...filters }: Q) {
  return {
    wanted: { tenantId: tenant, accountId: account, fromMs: from, toMs: to, ...filters },
    page: { after, most },
  };
}

const shared = { tag: 'trading', needs: 'tenants.see' } as const;

function lists(reads: LedgerReads, outcomeOf: OutcomeOf): readonly Route[] {
  return [
    route({
      ...shared,
      url: '/v1/signals',
      summary: 'Signals, the newest first.',
      query: signalsQuery,
      answer: pageOf(signalShape),
      handle: async ({ reach, query }) => {
        const { wanted, page } = asked(query);
        return filledPage(page, (wish) => reads.signals(reach, wanted, wish));
      },
    }),
    route({
      ...shared,
      url: '/v1/refusals',
      summary: 'Decisions that were refused for an account and why, by the candle that decided, the newest first.',
      query: refusalsQuery,
      answer: pageOf(refusalShape.extend({ outcome: outcomeShape.describe('What it would have brought.') })),
      handle: async ({ reach, query }) => {
        const { wanted, page } = asked(query);
        const { rows, next } = await filledPage(page, (wish) => reads.refusals(reach, wanted, wish));
        return { rows: rows.map((row) => ({ ...row, outcome: outcomeOf(row) })), next };
      },
    }),
    route({
      ...shared,
      url: '/v1/executions',
      summary: 'What EAs told of signals, the newest first.',
      query: executionsQuery,
      answer: pageOf(executionShape),
      handle: async ({ reach, query }) => {
        const { wanted, page } = asked(query);
        return filledPage(page, (wish) => reads.executions(reach, wanted, wish));
      },
    }),
    route({
      ...shared,
      url: '/v1/deals',
      summary: 'Deals of accounts, also of trades that are not ours, by the broker’s time, the newest first.',
      query: dealsQuery,
      answer: pageOf(dealShape),
      handle: async ({ reach, query }) => {
        const { wanted, page } = asked(query);
        return filledPage(page, (wish) => reads.deals(reach, wanted, wish));
      },
    }),
    route({
      ...shared,
      url: '/v1/risk-events',
      summary: 'Limits that were reached and what was done, the newest first.',
      query: riskEventsQuery,
      answer: pageOf(riskEventShape),
      handle: async ({ reach, query }) => {
        const { wanted, page } = asked(query);
        return filledPage(page, (wish) => reads.riskEvents(reach, wanted, wish));
      },
    }),
  ];
}

export function signalRoutes(reads: LedgerReads, explain: Explain, outcomeOf: OutcomeOf): readonly Route[] {
  return [
    ...lists(reads, outcomeOf),
    route({
      ...shared,
      url: '/v1/signals/:id',
      summary: 'A signal with its whole life and its explanation.',
      params: z.strictObject({ id: z.uuid() }),
      answer: life,
      handle: async ({ reach, params: { id } }) => {
        const found = await reads.signal(reach, id);
        if (found === undefined) throw new Refusal(404, `there is no signal ${id}`);
        const { lineage, ...rest } = found;
        return {
          ...rest,
          lineage: lineage === null ? null : JSON.parse(lineage),
          explanation: lineage === null ? null : (explain(lineage) ?? null),
        };
      },
    }),
  ];
}
