/** What is done to accounts: commands to their EAs, their keys, their mode and settings. Each is what a command of the CLI does. */
import { z } from 'zod';
import type { Principal } from '../../access/principal.js';
import { ACCOUNT_MODES } from '../../accounts/account-modes.js';
import type { CommandStanding } from '../../accounts/command-requests.js';
import type { CommandAnswer } from '../../accounts/commands.js';
import type { IssuedAccount, RotatedAccount, SetAccount } from '../../accounts/catalogue.js';
import { LIMITS } from '../../limits.js';
import type { AccountRow } from '../../storage/ledger/ledger.js';
import type { ShownAccount } from '../../storage/ledger/reads.js';
import { requestId } from '../actions.js';
import { Refusal } from '../problem.js';
import { type Asked, type Route, route } from '../route.js';
import { type Acting, asked, reachedAccount, reason, tenantName, uuid } from './acting.js';
import { accountShape, atMs, figures } from './ledger-shapes.js';

export const commandShape = z.object({
  id: uuid,
  accountId: uuid,
  action: z.string(),
  scope: z.string(),
  symbol: z.string().nullable(),
  position: z.string(),
  signalId: uuid.nullable(),
  volume: z.number(),
  stopLoss: z.number(),
  takeProfit: z.number(),
  reason: z.string(),
  askedBy: z.string(),
  state: z.string(),
  said: z.string().nullable(),
  validUntil: atMs,
  createdAt: atMs,
  updatedAt: atMs,
});
const standing = z.object({ command: commandShape, over: z.boolean().describe('Whether no more is to be heard of it.') });

const params = z.strictObject({ id: uuid });
const only = z.strictObject({ reason });
const price = z.number().min(0).optional();
const shared = {
  reason,
  waitMs: z.int().min(0).max(LIMITS.command.waitMostMs).default(0).describe('How long it may wait for an EA that is not there.'),
};
const command = z.discriminatedUnion('action', [
  z.strictObject({
    ...shared,
    action: z.literal('close-all'),
    everything: z.boolean().default(false),
    symbol: z.string().optional(),
  }),
  z.strictObject({ ...shared, action: z.literal('close'), position: z.string(), volume: z.number().positive().optional() }),
  z.strictObject({ ...shared, action: z.literal('modify'), position: z.string(), stopLoss: price, takeProfit: price }),
  z.strictObject({ ...shared, action: z.literal('reconnect') }),
]);

type AccountAsked<B> = Asked<{ readonly id: string }, unknown, B>;

/** On an account within reach: told, then done. */
async function onAccount<B extends { readonly reason: string }, T>(
  acting: Acting,
  { reach, params: { id }, body, principal, from }: AccountAsked<B>,
  action: string,
  work: (account: ShownAccount) => Promise<T>,
): Promise<T> {
  const account = await reachedAccount(acting.reads, reach, id);
  const { reason: why, ...detail } = body;
  const wish = { tenantId: account.tenantId, action, subject: id, reason: why, detail };
  return acting.actions.perform({ principal, from }, wish, () => work(account));
}

function commandRoutes(acting: Acting): readonly Route[] {
  const url = '/v1/accounts/:id/commands';
  return [
    route({
      method: 'POST',
      url,
      tag: 'actions',
      summary: 'Asks an EA: close all, close, change stops, connect again. What becomes of it is told at /commands/:command.',
      needs: 'tenants.act',
      params,
      body: command,
      answer: z.object({ command: commandShape }),
      handle: async (given) =>
        onAccount(acting, given, 'account.command', async ({ id }) => {
          const request = requestId(given, { id, ...given.body });
          const answer = await asked<CommandAnswer>(acting, 'account.command', { ...given.body, id, request });
          if (answer.kind === 'refused') throw new Refusal(409, answer.sentence);
          return { command: answer.command };
        }),
    }),
    route({
      url,
      tag: 'accounts',
      summary: 'What was asked of an EA, newest first.',
      needs: 'tenants.see',
      params,
      answer: z.object({ rows: z.array(standing) }),
      handle: async ({ reach, params: { id } }) => {
        await reachedAccount(acting.reads, reach, id);
        return { rows: await asked<readonly CommandStanding[]>(acting, 'account.commands', { id }) };
      },
    }),
    route({
      url: `${url}/:command`,
      tag: 'accounts',
      summary: 'What became of a command.',
      needs: 'tenants.see',
      params: z.strictObject({ id: uuid, command: uuid }),
      answer: standing,
      handle: async ({ reach, params: { id, command: named } }) => {
        await reachedAccount(acting.reads, reach, id);
        return asked(acting, 'account.command-state', { id, command: named });
      },
    }),
  ];
}

const issued = z.object({ account: uuid, tenant: z.string(), key: z.string().describe('Shown this once.') });

/** Who reaches one tenant adds to that one. */
function tenantFor({ reach }: Principal, named: string | undefined): string {
  if (reach.kind === 'all') {
    if (named === undefined) throw new Refusal(400, 'the body: tenant: of which tenant?');
    return named;
  }
  if (named !== undefined && named !== reach.tenantId) throw new Refusal(404, `there is no tenant ${named}`);
  return reach.tenantId;
}

function keyRoutes(acting: Acting): readonly Route[] {
  const act = { method: 'POST', tag: 'actions', needs: 'tenants.act' } as const;
  return [
    route({
      ...act,
      url: '/v1/accounts',
      summary: 'Adds accounts, which begin by observing; the keys are shown this once.',
      body: z.strictObject({ tenant: tenantName.optional(), count: z.int().min(1).max(100).default(1), reason }),
      answer: z.object({ rows: z.array(issued) }),
      handle: async ({ body, principal, from }) => {
        const tenant = tenantFor(principal, body.tenant);
        const wish = {
          tenantId: tenant,
          action: 'account.add',
          subject: tenant,
          reason: body.reason,
          detail: { count: body.count },
        };
        return acting.actions.perform({ principal, from }, wish, async () => ({
          rows: await asked<readonly IssuedAccount[]>(acting, 'account.add', { tenant, count: body.count }),
        }));
      },
    }),
    route({
      ...act,
      url: '/v1/accounts/:id/rotate',
      summary: 'Another key for an account, shown this once; the one before is valid beside it for a while.',
      params,
      body: z.strictObject({
        reason,
        overlap: z.string().max(8).optional().describe('Like 24h.'),
        now: z.boolean().default(false),
      }),
      answer: issued.extend({ previousUntil: atMs.nullable() }),
      handle: async (given) =>
        onAccount(acting, given, 'account.rotate', ({ id }) => {
          const { reason: _, ...wish } = given.body;
          return asked<RotatedAccount>(acting, 'account.rotate', { id, ...wish });
        }),
    }),
    ...(['finish', 'revoke', 'unbind'] as const).map((word) =>
      route({
        ...act,
        url: `/v1/accounts/:id/${word}`,
        summary: KEY_SUMMARIES[word],
        params,
        body: only,
        answer: accountShape,
        handle: async (given) =>
          onAccount(acting, given, `account.${word}`, ({ id }) => asked<AccountRow>(acting, `account.${word}`, { id })),
      }),
    ),
  ];
}

const KEY_SUMMARIES = {
  finish: 'Ends the older of an account’s two keys: its EA has come with the newer.',
  revoke: 'Takes an account’s keys away: its session ends, and none comes until it has another.',
  unbind: 'The next EA that comes with the key binds the account to its login.',
} as const;

function settingRoutes(acting: Acting): readonly Route[] {
  return [
    route({
      method: 'PATCH',
      url: '/v1/accounts/:id',
      tag: 'actions',
      summary: 'Sets an account’s mode, or its trading settings in place of those that it had.',
      needs: 'tenants.act',
      params,
      body: z
        .strictObject({ reason, mode: z.enum(ACCOUNT_MODES).optional(), trading: z.record(z.string(), z.unknown()).optional() })
        .refine(({ mode, trading }) => (mode === undefined) !== (trading === undefined), 'either mode or trading is set'),
      answer: z.object({ account: accountShape, effective: figures.nullable().describe('The settings that it comes to.') }),
      handle: async (given) =>
        onAccount(acting, given, 'account.set', async ({ id }) => {
          const { mode, trading } = given.body;
          if (trading !== undefined) return asked<SetAccount>(acting, 'account.set', { id, trading });
          return { account: await asked<AccountRow>(acting, 'account.mode', { id, mode }), effective: null };
        }),
    }),
  ];
}

export function accountActionRoutes(acting: Acting): readonly Route[] {
  return [...commandRoutes(acting), ...keyRoutes(acting), ...settingRoutes(acting)];
}
