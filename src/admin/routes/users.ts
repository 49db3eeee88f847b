/** Who may come in: for owners of all, for a tenant’s admin of its own. */
import { z } from 'zod';
import { ROLES } from '../../access/roles.js';
import type { ShownUser, UserDesk } from '../../access/users.js';
import { Reply, type Route, route } from '../route.js';

const user = z.object({
  name: z.string(),
  tenantId: z.string().nullable(),
  role: z.enum(ROLES),
  addresses: z.array(z.string()),
  password: z.boolean(),
  program: z.boolean().describe('It comes with a key: /v1/api-keys.'),
  secondFactor: z.boolean(),
  recoveryCodesLeft: z.number(),
  createdAt: z.number(),
});
const named = z.strictObject({ name: z.string().max(63) });
// What is in them is checked where users are made, whoever brings it.
const words = z.strictObject({
  role: z.string().optional(),
  addresses: z.array(z.string()).optional(),
  password: z.string().optional(),
  secondFactor: z.literal(false).optional().describe('Takes the second factor away, as where an authenticator was lost.'),
});

export function userRoutes(desk: UserDesk): readonly Route[] {
  const shared = { tag: 'users', needs: 'users.act' } as const;
  return [
    route({
      ...shared,
      url: '/v1/users',
      summary: 'Users, by name.',
      query: z.strictObject({ after: z.string().max(512).optional() }),
      answer: z.object({ rows: z.array(user), next: z.string().nullable() }),
      handle: async ({ principal, query }) => {
        const { rows, next = null } = await desk.list(principal, query.after);
        return { rows, next };
      },
    }),
    route({
      ...shared,
      method: 'POST',
      url: '/v1/users',
      summary: 'Adds a user. A tenant’s admin adds users of the tenant.',
      body: words
        .omit({ secondFactor: true })
        .extend({ name: z.string(), role: z.string(), tenant: z.string().nullable().optional() }),
      answer: user,
      handle: async ({ principal, body }) => {
        const own = principal.reach.kind === 'all' ? {} : { tenant: body.tenant ?? principal.reach.tenantId };
        return new Reply(await desk.add({ ...body, ...own }, principal), { status: 201 });
      },
    }),
    route({
      ...shared,
      method: 'PATCH',
      url: '/v1/users/:name',
      summary: 'Changes a user’s role, addresses or password, or takes the second factor away.',
      params: named,
      body: words,
      answer: user,
      handle: async ({ principal, params: { name }, body: { password, secondFactor, ...rest } }) => {
        if (password !== undefined) await desk.setPassword({ name, password }, principal);
        if (secondFactor === false) await desk.endTotp({ name }, principal);
        if (Object.keys(rest).length > 0) return desk.set({ name, ...rest }, principal);
        return desk.one(name, principal) satisfies Promise<ShownUser>;
      },
    }),
    route({
      ...shared,
      method: 'DELETE',
      url: '/v1/users/:name',
      summary: 'Removes a user, and ends its sign-ins.',
      params: named,
      handle: async ({ principal, params }) => {
        await desk.remove(params, principal);
        return new Reply(null, { status: 204 });
      },
    }),
  ];
}
