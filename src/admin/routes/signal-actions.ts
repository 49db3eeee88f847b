import { z } from 'zod';
import { requestId } from '../actions.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import type { Cancelled } from '../../accounts/signal-cancel.js';
import { type Acting, asked, reason, uuid } from './acting.js';
import { commandShape } from './account-actions.js';

export function signalActionRoutes(acting: Acting): readonly Route[] {
  const { actions, reads } = acting;
  return [
    route({
      method: 'POST',
      url: '/v1/signals/:id/cancel',
      tag: 'actions',
      summary:
        'Takes a signal back: at once where it has not left; else its EA is asked, and closes what it executed all the same.',
      needs: 'tenants.act',
      params: z.strictObject({ id: uuid }),
      body: z.strictObject({ reason }),
      answer: z.object({ outcome: z.enum(['cancelled', 'asked']), command: commandShape.nullable() }),
      handle: async ({ reach, params: { id }, body, principal, from }) => {
        const life = await reads.signal(reach, id);
        if (life === undefined) throw new Refusal(404, `there is no signal ${id}`);
        const { tenantId, accountId } = life.signal;
        const wish = { tenantId, action: 'signal.cancel', subject: id, reason: body.reason, detail: { accountId } };
        return actions.perform({ principal, from }, wish, async () => {
          const request = requestId({ principal, from }, wish);
          const cancelled = await asked<Cancelled>(acting, 'signal.cancel', { id, request, reason: body.reason });
          return { outcome: cancelled.kind, command: cancelled.kind === 'asked' ? cancelled.command : null };
        });
      },
    }),
  ];
}
