import { z } from 'zod';
import { LIMITS } from '../../limits.js';
import { type Route, route } from '../route.js';
import { type Acting, asked, reason } from './acting.js';

const act = { method: 'POST', tag: 'actions', needs: 'node.act' } as const;

function drainRoutes(acting: Acting): readonly Route[] {
  const wish = (action: string, why: string, detail: object = {}) => ({
    ...{ tenantId: null, action, subject: 'node', reason: why },
    detail: { ...detail },
  });
  return [
    route({
      ...act,
      url: '/v1/node/drain',
      summary:
        'Empties the node: no new sessions; EAs are sent to other nodes that they know, else told to stay away for a while.',
      body: z.strictObject({
        reason,
        pauseMs: z.int().min(0).max(LIMITS.session.drainPauseMostMs).default(60_000).describe('How long EAs stay away.'),
      }),
      answer: z.object({ connected: z.int().describe('Connections that stood.') }),
      handle: async ({ body, principal, from }) =>
        acting.actions.perform({ principal, from }, wish('node.drain', body.reason, { pauseMs: body.pauseMs }), () =>
          asked(acting, 'node.drain', body),
        ),
    }),
    route({
      ...act,
      url: '/v1/node/undrain',
      summary: 'Takes sessions again.',
      body: z.strictObject({ reason }),
      answer: z.object({ draining: z.boolean() }),
      handle: async ({ body, principal, from }) =>
        acting.actions.perform({ principal, from }, wish('node.undrain', body.reason), async () => {
          await asked(acting, 'node.undrain', null);
          return { draining: false };
        }),
    }),
    route({
      ...act,
      url: '/v1/node/rebalance',
      summary: 'Sends EAs that are more than the node’s share of the cluster’s to the other nodes.',
      body: z.strictObject({ reason }),
      answer: z.object({ going: z.int().describe('EAs that are to go, of those that know another node.') }),
      handle: async ({ body, principal, from }) =>
        acting.actions.perform({ principal, from }, wish('node.rebalance', body.reason), () =>
          asked(acting, 'node.rebalance', null),
        ),
    }),
    route({
      ...act,
      url: '/v1/node/reload-limits',
      summary: 'Reads the tiers, the cost units and the file of news anew; where one of them is wrong nothing changes.',
      body: z.strictObject({ reason }),
      answer: z.object({ read: z.array(z.string()), newsEvents: z.int().nullable() }),
      handle: async ({ body, principal, from }) =>
        acting.actions.perform({ principal, from }, wish('node.reload-limits', body.reason), () =>
          asked(acting, 'node.reload-limits', null),
        ),
    }),
  ];
}

export function nodeActionRoutes(acting: Acting): readonly Route[] {
  return [
    ...drainRoutes(acting),
    route({
      ...act,
      url: '/v1/actors/restart',
      summary: 'Throws an actor’s state away and has it made anew from what is durable.',
      body: z.strictObject({ path: z.string().min(1).max(512), reason }),
      answer: z.object({ path: z.string() }),
      handle: async ({ body, principal, from }) => {
        const wish = { tenantId: null, action: 'actor.restart', subject: body.path, reason: body.reason };
        return acting.actions.perform({ principal, from }, wish, () => asked(acting, 'actor.restart', { path: body.path }));
      },
    }),
  ];
}
