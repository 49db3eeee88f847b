/** The audit log: what it tells, and whether it is whole. */
import { z } from 'zod';
import type { Reach } from '../../access/principal.js';
import type { AuditReport } from '../../storage/audit/verifier.js';
import type { LedgerReads } from '../../storage/ledger/reads.js';
import { filledPage, pageOf, pageQuery } from '../paging.js';
import { Refusal } from '../problem.js';
import { type Route, route } from '../route.js';
import { auditShape } from './ledger-shapes.js';

/** Checks the chains that are reached. */
export type VerifyAudit = (reach: Reach) => Promise<AuditReport>;

const word = z.string().min(1).max(64);
const fault = z.object({ tenantId: z.string(), writer: z.int().optional(), seq: z.int(), what: z.string() });
const report = z.object({
  ok: z.boolean(),
  tenants: z.int(),
  chains: z.int(),
  entries: z.int(),
  anchors: z.int(),
  faults: z.array(fault).describe('The first of them.'),
  faultCount: z.int(),
});

/** A log is long: it is checked for one asker at a time. */
function oneByOne(verify: VerifyAudit): VerifyAudit {
  let busy = false;
  return async (reach) => {
    if (busy) throw new Refusal(503, 'the audit log is being checked for somebody else', { 'retry-after': '10' });
    busy = true;
    try {
      return await verify(reach);
    } finally {
      busy = false;
    }
  };
}

export function auditRoutes(reads: LedgerReads, verify: VerifyAudit): readonly Route[] {
  const verified = oneByOne(verify);
  const shared = { tag: 'audit', needs: 'audit.see' } as const;
  return [
    route({
      ...shared,
      url: '/v1/audit',
      summary: 'The audit log, chain by chain, the newest first; of a subject of one tenant, by time.',
      query: z.strictObject({
        tenant: word.optional(),
        kind: word.optional().describe('As `signal.raised`.'),
        subject: word.optional().describe('Id of a signal, account or tenant; ticket of a deal.'),
        ...pageQuery,
      }),
      answer: pageOf(auditShape),
      handle: async ({ reach, query: { tenant, kind, subject, ...page } }) =>
        filledPage(page, (wish) => reads.audit(reach, { tenantId: tenant, kind, subject }, wish)),
    }),
    route({
      ...shared,
      url: '/v1/audit/verify',
      summary: 'Whether the audit log is whole: each hash, gap, head and anchor is checked.',
      answer: report,
      handle: async ({ reach }) => verified(reach),
    }),
  ];
}
