/** What tenants' accounts came to: statements, results, and what refused signals would have brought. */
import { z } from 'zod';
import type { Reach } from '../../access/principal.js';
import { type RefusedOutcome, refusedOutcome } from '../../accounts/refused-outcome.js';
import { resultsOf, type Span, type Statement, statementOf } from '../../accounts/statement.js';
import { LIMITS } from '../../limits.js';
import type { Candle } from '../../market/candle.js';
import type { Timeframe } from '../../market/timeframe.js';
import type { Ledger, RefusalRow } from '../../storage/ledger/ledger.js';
import type { LedgerReads, ShownAccount } from '../../storage/ledger/reads.js';
import { filledPage, spanQuery } from '../paging.js';
import { Refusal } from '../problem.js';
import { Reply, type Route, route } from '../route.js';
import { statementCsv } from '../statement/statement-csv.js';
import { statementPdf } from '../statement/statement-pdf.js';

export interface ResultViews {
  readonly reads: Pick<LedgerReads, 'account' | 'accounts' | 'tenant' | 'refusals'>;
  readonly ledger: Pick<Ledger, 'closedTrades'>;
  /** As far as the node keeps them, oldest first. */
  readonly candles: (symbol: string, timeframe: Timeframe) => readonly Candle[];
  readonly nowMs: () => number;
}

const DAY_MS = 86_400_000;
const USUAL_SPAN_MS = 30 * DAY_MS;
/** Brokers' clocks are up to so far from UTC, in which the ledger knows when a trade was closed. */
const CLOCKS_APART_MS = DAY_MS;
const { spanMs, accounts: ACCOUNTS, trades: TRADES, refusals: REFUSALS } = LIMITS.statements;

const params = z.strictObject({ id: z.string().min(1).max(64) });
const totals = z.object({
  trades: z.int(),
  wins: z.int(),
  losses: z.int(),
  volume: z.number(),
  pips: z.number(),
  profit: z.number(),
  commission: z.number(),
  swap: z.number(),
  net: z.number(),
  profitFactor: z.number().nullable(),
  drawdown: z.number(),
});
const curve = z.array(z.object({ atMs: z.number(), net: z.number() })).describe('The running sum after each close.');
const groups = z.array(z.object({ key: z.string(), totals }));
/** What a refused signal would have brought. */
export const outcomeShape = z.object({
  kind: z.enum(['target', 'stop', 'open', 'unknown']),
  why: z.string().optional(),
  exitPrice: z.number().optional(),
  pips: z.number().optional(),
  risks: z.number().optional().describe('Multiples of what was risked.'),
  atMs: z.number().optional(),
  gap: z.boolean().optional(),
});
const refused = z.object({
  accountId: z.string(),
  symbol: z.string(),
  timeframe: z.string(),
  direction: z.string(),
  closeTime: z.number(),
  reason: z.string(),
  outcome: outcomeShape,
});
const byReason = z.object({
  reason: z.string(),
  refused: z.int(),
  targets: z.int(),
  stops: z.int(),
  open: z.int(),
  unknown: z.int(),
  pips: z.number(),
  risks: z.number(),
});

function spanOf({ from, to }: { readonly from?: number | undefined; readonly to?: number | undefined }, nowMs: number): Span {
  // Of a broker's clock that is ahead, today is in it.
  const toMs = to ?? nowMs + CLOCKS_APART_MS;
  const fromMs = from ?? toMs - USUAL_SPAN_MS;
  if (fromMs >= toMs) throw new Refusal(400, 'the query: `from` must be before `to`');
  if (toMs - fromMs > spanMs) throw new Refusal(400, `the query: a span is at most ${spanMs / DAY_MS} days`);
  return { fromMs, toMs };
}

async function stated({ ledger }: ResultViews, account: ShownAccount, span: Span): Promise<Statement> {
  const rows = await ledger.closedTrades(account.id, Math.max(0, span.fromMs - CLOCKS_APART_MS));
  if (rows.length > TRADES) throw new Refusal(400, `more than ${TRADES} trades were closed since then; ask for a later \`from\``);
  return statementOf(account, rows, span);
}

async function accountStatement(views: ResultViews, reach: Reach, id: string, span: Span): Promise<Statement> {
  // What is no id of an account is none that is there.
  const account = z.uuid().safeParse(id).success ? await views.reads.account(reach, id) : undefined;
  if (account === undefined) throw new Refusal(404, `there is no account ${id}`);
  return stated(views, account, span);
}

/** By reason, those of which most came first. */
function reasonsOf(rows: readonly { readonly refusal: RefusalRow; readonly outcome: RefusedOutcome }[]) {
  const reasons = new Map<string, z.output<typeof byReason>>();
  for (const { refusal, outcome: each } of rows) {
    const { reason } = refusal;
    const sum = reasons.get(reason) ?? { reason, refused: 0, targets: 0, stops: 0, open: 0, unknown: 0, pips: 0, risks: 0 };
    sum.refused += 1;
    if (each.kind === 'unknown') sum.unknown += 1;
    else {
      sum.pips += each.pips;
      sum.risks += each.risks;
      if (each.kind === 'open') sum.open += 1;
      else sum[each.kind === 'stop' ? 'stops' : 'targets'] += 1;
    }
    reasons.set(reason, sum);
  }
  return [...reasons.values()].sort((a, b) => b.refused - a.refused || (a.reason < b.reason ? -1 : 1));
}

async function refusalsOf({ reads, candles }: ResultViews, reach: Reach, tenantId: string, span: Span) {
  const page = await filledPage({ most: REFUSALS }, (wish) => reads.refusals(reach, { tenantId, ...span }, wish));
  const rows = page.rows.map((refusal) => ({
    refusal,
    outcome: refusedOutcome(refusal, candles(refusal.symbol, refusal.timeframe)),
  }));
  return {
    byReason: reasonsOf(rows),
    rows: rows.map(({ refusal, outcome: each }) => {
      const { accountId, symbol, timeframe, direction, closeTime, reason } = refusal;
      return { accountId, symbol, timeframe, direction, closeTime, reason, outcome: each };
    }),
    more: page.next !== null,
  };
}

export function resultRoutes(views: ResultViews): readonly Route[] {
  const shared = { tag: 'results', needs: 'tenants.see', params } as const;
  return [
    route({
      ...shared,
      url: '/v1/tenants/:id/results',
      summary: 'What a tenant’s closed trades came to, and what its refused signals would have brought.',
      query: z.strictObject(spanQuery),
      answer: z.object({
        tenantId: z.string(),
        fromMs: z.number(),
        toMs: z.number(),
        accounts: z.int().describe('How many are in it.'),
        moreAccounts: z.boolean().describe('There are more, which are not in it.'),
        incomplete: z.int().describe('Closed trades whose deals do not show both ends: in no sum.'),
        currencies: z.array(
          z.object({ currency: z.string(), totals, curve, bySymbol: groups, byHour: groups, byBroker: groups }),
        ),
        refusals: z.object({ byReason: z.array(byReason), rows: z.array(refused), more: z.boolean() }),
      }),
      handle: async ({ reach, params: { id }, query }) => {
        const span = spanOf(query, views.nowMs());
        if ((await views.reads.tenant(reach, id)) === undefined) throw new Refusal(404, `there is no tenant ${id}`);
        const page = await filledPage({ most: ACCOUNTS }, (wish) => views.reads.accounts(reach, { tenantId: id }, wish));
        const statements: Statement[] = [];
        for (const account of page.rows) statements.push(await stated(views, account, span));
        return {
          tenantId: id,
          ...span,
          accounts: statements.length,
          moreAccounts: page.next !== null,
          incomplete: statements.reduce((sum, { incomplete }) => sum + incomplete, 0),
          currencies: resultsOf(statements),
          refusals: await refusalsOf(views, reach, id, span),
        };
      },
    }),
    route({
      ...shared,
      url: '/v1/accounts/:id/statement',
      summary: 'An account’s closed trades over a span, as JSON, CSV or PDF. Times are of the broker’s clock.',
      query: z.strictObject({ ...spanQuery, format: z.enum(['json', 'csv', 'pdf']).default('json') }),
      handle: async ({ reach, params: { id }, query: { format, ...query } }) => {
        const statement = await accountStatement(views, reach, id, spanOf(query, views.nowMs()));
        if (format === 'json') return statement;
        const file = { 'content-disposition': `attachment; filename="statement-${id}.${format}"` };
        if (format === 'csv') return new Reply(statementCsv(statement), { type: 'text/csv; charset=utf-8', headers: file });
        return new Reply(await statementPdf(statement), { type: 'application/pdf', headers: file });
      },
    }),
  ];
}
