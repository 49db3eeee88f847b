import { z } from 'zod';
import type { ApiKeys } from '../../access/api-keys.js';
import { reaches } from '../../access/principal.js';
import { ROLES } from '../../access/roles.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import { type Acting, reason } from './acting.js';

const shown = z.object({ name: z.string(), tenantId: z.string().nullable(), role: z.string(), addresses: z.array(z.string()) });

export function apiKeyRoutes({ actions }: Pick<Acting, 'actions'>, keys: ApiKeys): readonly Route[] {
  const act = { tag: 'actions', needs: 'users.act' } as const;
  return [
    route({
      tag: 'tenant API',
      url: '/v1/api-keys',
      summary: 'Programs that have a key, by name.',
      needs: 'users.act',
      query: z.strictObject({ after: z.string().max(512).optional() }),
      answer: z.object({ rows: z.array(shown), next: z.string().nullable() }),
      handle: async ({ principal, query }) => {
        const { rows, next = null } = await keys.list(principal, query.after);
        return { rows, next };
      },
    }),
    route({
      ...act,
      method: 'POST',
      url: '/v1/api-keys',
      summary: 'A key for a program, shown this once: bound to a role and to addresses. It never trades.',
      body: z.strictObject({
        reason,
        name: z.string().max(63),
        role: z.enum(ROLES),
        tenant: z.string().max(63).optional(),
        addresses: z.array(z.string().max(64)).max(64).default([]),
      }),
      answer: z.object({ user: shown, key: z.string() }),
      handle: async ({ body, principal, from, reach }) => {
        const { reason: why, tenant = reach.kind === 'all' ? null : reach.tenantId, ...wished } = body;
        if (tenant !== null && !reaches(reach, tenant)) throw new Refusal(404, `there is no tenant ${tenant}`);
        const wish = {
          tenantId: tenant,
          action: 'api-key.add',
          subject: wished.name,
          reason: why,
          detail: { role: wished.role },
        };
        return actions.perform({ principal, from }, wish, () => keys.add({ ...wished, tenant }, principal));
      },
    }),
    route({
      ...act,
      method: 'DELETE',
      url: '/v1/api-keys/:name',
      summary: 'Takes a program’s key away.',
      params: z.strictObject({ name: z.string().max(63) }),
      body: z.strictObject({ reason }),
      answer: shown,
      handle: async ({ params: { name }, body, principal, from }) => {
        const { tenantId } = await keys.one(name, principal);
        const wish = { tenantId, action: 'api-key.remove', subject: name, reason: body.reason };
        return actions.perform({ principal, from }, wish, () => keys.remove(name, principal));
      },
    }),
  ];
}
