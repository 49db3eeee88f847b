/** Accounts: their rows, what their actors hold of them now, and their money over time. */
import { z } from 'zod';
import type { LedgerReads, ShownAccount } from '../../storage/ledger/reads.js';
import { pageOf, pageQuery, shownPage, spanQuery } from '../paging.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import { accountShape, figures } from './ledger-shapes.js';

/** What an account's actor holds of it; `stuck`: it did not answer in time. */
export type LiveAccount =
  | { readonly state: 'live'; readonly live: Readonly<Record<string, unknown>> }
  | { readonly state: 'stuck' | 'away' | 'backing-off' }
  /** It may be on one of these nodes, which do not answer. */
  | { readonly state: 'silent'; readonly nodes: readonly string[] };

/** On which node of a cluster its session is, and where that is reached; null where it is on none, or on this one alone. */
export type PlacedAccount = LiveAccount & { readonly node?: string; readonly url?: string | null };

export interface AccountViews {
  readonly reads: LedgerReads;
  readonly live: (account: ShownAccount) => Promise<PlacedAccount>;
  readonly nowMs: () => number;
}

const DAY_MS = 86_400_000;
const POINTS = 500;

const params = z.strictObject({ id: z.uuid() });
const point = z.object({
  atMs: z.int(),
  balance: z.number(),
  equity: z.number(),
  drawdownPercent: z.number(),
  marginLevel: z.number().nullable(),
  openPositions: z.int(),
});

async function accountOf(reads: LedgerReads, reach: Parameters<LedgerReads['account']>[0], id: string): Promise<ShownAccount> {
  const account = await reads.account(reach, id);
  if (account === undefined) throw new Refusal(404, `there is no account ${id}`);
  return account;
}

export function accountRoutes({ reads, live, nowMs }: AccountViews): readonly Route[] {
  const shared = { tag: 'accounts', needs: 'tenants.see' } as const;
  return [
    route({
      ...shared,
      url: '/v1/accounts',
      summary: 'Accounts, by their ids.',
      query: z.strictObject({ tenant: z.string().min(1).max(64).optional(), ...pageQuery }),
      answer: pageOf(accountShape),
      handle: async ({ reach, query: { tenant, ...page } }) => shownPage(await reads.accounts(reach, { tenantId: tenant }, page)),
    }),
    route({
      ...shared,
      url: '/v1/accounts/:id',
      summary: 'An account, and what its actor holds of it now: session, positions, risk, sequence, money.',
      params,
      answer: z.object({
        account: accountShape,
        state: z
          .enum(['live', 'away', 'backing-off', 'stuck', 'silent'])
          .describe('Whether its actor answered, here or on another node; `silent`: a node that may have it did not.'),
        live: figures.nullable(),
        node: z.string().nullable().describe('The node of a cluster that has its session.'),
        url: z.string().nullable().describe('Where that node is reached over HTTP.'),
        nodes: z.array(z.string()).optional().describe('Those that did not answer.'),
      }),
      handle: async ({ reach, params: { id } }) => {
        const account = await accountOf(reads, reach, id);
        return { account, live: null, node: null, url: null, ...(await live(account)) };
      },
    }),
    route({
      ...shared,
      url: '/v1/accounts/:id/equity',
      summary: 'An account’s money over time: the newest row of each part of the span.',
      params,
      query: z.strictObject({
        ...spanQuery,
        points: z.coerce.number().int().min(1).max(POINTS).default(200).describe('How many parts the span is cut into.'),
      }),
      answer: z.object({ rows: z.array(point) }),
      handle: async ({ reach, params: { id }, query: { from, to, points } }) => {
        const toMs = to ?? nowMs() + 1;
        const fromMs = from ?? toMs - 30 * DAY_MS;
        if (fromMs >= toMs) throw new Refusal(400, 'the query: `from` must be before `to`');
        const { id: accountId } = await accountOf(reads, reach, id);
        return { rows: await reads.balances(reach, { accountId, fromMs, toMs, points }) };
      },
    }),
  ];
}
