/**
 * The emergency stop over HTTP: of the node, a tenant or an account. Stopping needs no second factor, since nothing is opened by
 * it and haste may matter; going on does. A tenant's administrator lifts what the tenant or a limit stopped, not what an operator did.
 */
import { z } from 'zod';
import { allowed, type Principal } from '../../access/principal.js';
import { isTenantRole } from '../../access/roles.js';
import type { Halt } from '../../accounts/halt.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import { type Acting, asked, reachedAccount, reachedTenant, reason, tenantName, uuid } from './acting.js';

const wish = z.discriminatedUnion('scope', [
  z.strictObject({ scope: z.literal('node'), reason }),
  z.strictObject({ scope: z.literal('tenant'), id: tenantName, reason }),
  z.strictObject({ scope: z.literal('account'), id: uuid, reason }),
]);
type Wish = z.output<typeof wish>;

const answer = z.object({ scope: z.string(), id: z.string().nullable(), stopped: z.boolean() });

interface Stopped {
  readonly tenantId: string | null;
  readonly subject: string;
  readonly standing: Halt | null;
}

async function found({ reads }: Acting, { role, reach }: Principal, asking: Wish, mayNode: boolean): Promise<Stopped> {
  switch (asking.scope) {
    case 'node':
      if (!mayNode) throw new Refusal(403, `the role ${role} may not do this to a node`);
      return { tenantId: null, subject: 'node', standing: null };
    case 'tenant': {
      const { id, stopped } = await reachedTenant(reads, reach, asking.id);
      return { tenantId: id, subject: id, standing: stopped };
    }
    case 'account': {
      const { id, tenantId, disabled } = await reachedAccount(reads, reach, asking.id);
      return { tenantId, subject: id, standing: disabled };
    }
  }
}

const HALTS = { node: 'node.halt', tenant: 'tenant.halt', account: 'account.disable' } as const;
const RESUMES = { node: 'node.resume', tenant: 'tenant.resume', account: 'account.enable' } as const;

export function haltRoutes(acting: Acting): readonly Route[] {
  const shared = { method: 'POST', tag: 'actions', needs: 'tenants.act', body: wish, answer } as const;
  const { actions } = acting;
  return [
    route({
      ...shared,
      url: '/v1/halt',
      summary: 'Emergency stop of the node, a tenant or an account: nothing is opened there until it is lifted.',
      secondFactor: false,
      handle: async ({ body, principal, from }) => {
        const { tenantId, subject } = await found(acting, principal, body, allowed(principal, 'node.act'));
        const by = isTenantRole(principal.role) ? 'tenant' : 'operator';
        return actions.perform(
          { principal, from },
          { tenantId, action: HALTS[body.scope], subject, reason: body.reason },
          async () => {
            await asked(
              acting,
              HALTS[body.scope],
              body.scope === 'node' ? { reason: body.reason } : { id: body.id, reason: body.reason, by },
            );
            return { scope: body.scope, id: body.scope === 'node' ? null : body.id, stopped: true };
          },
        );
      },
    }),
    route({
      ...shared,
      url: '/v1/resume',
      summary: 'Lifts an emergency stop.',
      handle: async ({ body, principal, from }) => {
        const { tenantId, subject, standing } = await found(acting, principal, body, allowed(principal, 'node.act'));
        if (standing?.by === 'operator' && isTenantRole(principal.role))
          throw new Refusal(403, `an operator stopped it (${standing.reason}), and an operator lifts it`);
        return actions.perform(
          { principal, from },
          { tenantId, action: RESUMES[body.scope], subject, reason: body.reason },
          async () => {
            await asked(acting, RESUMES[body.scope], body.scope === 'node' ? null : { id: body.id });
            return { scope: body.scope, id: body.scope === 'node' ? null : body.id, stopped: false };
          },
        );
      },
    }),
  ];
}
