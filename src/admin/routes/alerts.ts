/** Alerts: what stands and what stood, the rules behind them, and that somebody is on it. */
import { z } from 'zod';
import { allowed } from '../../access/principal.js';
import type { AlertDesk } from '../alerts/alert-desk.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';

const severity = z.enum(['info', 'warning', 'critical']);
const alert = z.object({
  ...{ id: z.string(), number: z.number(), rule: z.string(), severity, subject: z.string() },
  ...{ tenantId: z.string().nullable(), accountId: z.string().nullable() },
  ...{ sentence: z.string(), advice: z.string(), unit: z.string() },
  ...{ limit: z.number(), value: z.number(), worst: z.number() },
  ...{ sinceMs: z.number(), firedMs: z.number(), resolvedMs: z.number().nullable() },
  acknowledged: z.object({ by: z.string(), atMs: z.number(), note: z.string() }).nullable(),
  step: z.number().describe('Steps of its escalation that were told.'),
});
const query = z.strictObject({
  state: z.enum(['standing', 'over', 'all']).default('all'),
  after: z.string().regex(/^\d+$/).optional().describe('The `next` of the page before.'),
  most: z.coerce.number().int().min(1).max(500).default(100),
});
const rule = z.object({
  ...{ name: z.string(), severity, of: z.string(), says: z.string(), advice: z.string(), unit: z.string() },
  ...{ side: z.enum(['above', 'below']), limit: z.number(), clear: z.number() },
  ...{ forMs: z.number(), clearMs: z.number(), lapseMs: z.number().nullable() },
});

/** An alert of the node itself is acknowledged by whoever may act on the node. */
export function alertRoutes(desk: AlertDesk): readonly Route[] {
  const tag = 'alerts';
  return [
    route({
      ...{ url: '/v1/alerts', tag, summary: 'Alerts within reach, newest first.', needs: 'tenants.see', query },
      answer: z.object({ rows: z.array(alert), next: z.string().nullable() }),
      handle: async ({ reach, query: { state, after, most } }) => {
        const all = desk
          .list(reach)
          .filter(({ resolvedMs }) => state === 'all' || (resolvedMs === null) === (state === 'standing'));
        const rest = after === undefined ? all : all.filter(({ number }) => number < Number(after));
        const rows = rest.slice(0, most);
        return { rows, next: rest.length > most ? String(rows.at(-1)?.number) : null };
      },
    }),
    route({
      ...{ method: 'POST', url: '/v1/alerts/:id/acknowledge', tag, needs: 'tenants.act', secondFactor: false },
      summary: 'Somebody is on it: it is escalated no further. By id or number.',
      params: z.strictObject({ id: z.string().min(1).max(64) }),
      body: z.strictObject({ note: z.string().max(500).default('') }),
      answer: alert,
      handle: async ({ principal, reach, params: { id }, body: { note } }) => {
        const found = desk.list(reach).find((one) => one.id === id || String(one.number) === id);
        if (found === undefined) throw new Refusal(404, `there is no alert ${id}`);
        if (found.tenantId === null && !allowed(principal, 'node.act'))
          throw new Refusal(403, `the role ${principal.role} may not acknowledge alerts of the node`);
        return desk.acknowledge(found.id, principal, note, reach);
      },
    }),
    route({
      ...{ url: '/v1/alert-rules', tag, summary: 'The rules as they hold here.', needs: 'tenants.see' },
      answer: z.object({ rows: z.array(rule), next: z.null() }),
      handle: async () => ({ rows: desk.rules, next: null }),
    }),
  ];
}
