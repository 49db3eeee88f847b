/** Tenants: what their tiers let them have, what they have had, and how they let the engine trade. */
import { z } from 'zod';
import type { LedgerReads } from '../../storage/ledger/reads.js';
import type { TenantRow } from '../../storage/ledger/ledger.js';
import { pageOf, pageQuery, shownPage } from '../paging.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import { figures, tenantShape } from './ledger-shapes.js';

export interface TenantViews {
  readonly reads: LedgerReads;
  /** What is left of each rate of its tier; limits are null where there are none. */
  readonly allowances: (tenant: TenantRow) => readonly Readonly<Record<string, unknown>>[];
  /** What its tier allows; a bound is null where there is none. */
  readonly tier: (tenant: TenantRow) => Readonly<Record<string, unknown>>;
  /** Its trading settings, with all that was not set. */
  readonly trading: (tenant: TenantRow) => Readonly<Record<string, unknown>>;
  /** Today's, by what was used. */
  readonly usage: (tenantId: string) => Promise<Readonly<Record<string, number>>>;
}

const allowance = z.object({
  what: z.string(),
  limit: z.number().nullable(),
  used: z.number(),
  left: z.number().nullable(),
  resetsAt: z.string(),
});

export function tenantRoutes({ reads, allowances, tier, trading, usage }: TenantViews): readonly Route[] {
  const shared = { tag: 'tenants', needs: 'tenants.see' } as const;
  return [
    route({
      ...shared,
      url: '/v1/tenants',
      summary: 'Tenants, by their ids.',
      query: z.strictObject(pageQuery),
      answer: pageOf(tenantShape),
      handle: async ({ reach, query }) => shownPage(await reads.tenants(reach, query)),
    }),
    route({
      ...shared,
      url: '/v1/tenants/:id',
      summary: 'A tenant with its tier, what is left of it, what was used today, and its trading settings.',
      params: z.strictObject({ id: z.string().min(1).max(64) }),
      answer: z.object({
        tenant: tenantShape,
        limits: figures.describe('What its tier allows; null is no bound.'),
        allowances: z.array(allowance),
        usage: z.record(z.string(), z.number()).describe('What was used since midnight UTC.'),
        settings: figures.describe('How it lets the engine trade, defaults included.'),
      }),
      handle: async ({ reach, params: { id } }) => {
        const tenant = await reads.tenant(reach, id);
        if (tenant === undefined) throw new Refusal(404, `there is no tenant ${id}`);
        return {
          tenant,
          limits: tier(tenant),
          allowances: allowances(tenant),
          usage: await usage(tenant.id),
          settings: trading(tenant),
        };
      },
    }),
  ];
}
