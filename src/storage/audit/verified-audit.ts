/** Checks the audit log as far as somebody reaches, page by page, so that commits come in between. */
import type { Reach } from '../../access/principal.js';
import { LIMITS } from '../../limits.js';
import type { ChainPart, ChainRows, LedgerReads } from '../ledger/reads.js';
import { type AuditReport, AuditVerifier } from './verifier.js';

async function each<P extends ChainPart>(
  reads: Pick<LedgerReads, 'auditChain'>,
  reach: Reach,
  part: P,
  take: (row: ChainRows[P]) => void,
): Promise<void> {
  let after: string | undefined;
  do {
    const page = await reads.auditChain(reach, part, { after, most: LIMITS.reads.pageRows });
    for (const row of page.rows) take(row);
    after = page.next;
  } while (after !== undefined);
}

/** What is written while it is read lies behind the heads that were read, and is left for the next look. */
export async function verifiedAudit(reads: Pick<LedgerReads, 'auditChain'>, reach: Reach): Promise<AuditReport> {
  const verifier = new AuditVerifier();
  const ends = new Map<string, number>();
  await each(reads, reach, 'anchors', (anchor) => verifier.anchor(anchor));
  await each(reads, reach, 'heads', (head) => {
    ends.set(`${head.tenantId}/${head.writer}`, head.seq);
    verifier.head(head);
  });
  await each(reads, reach, 'entries', (entry) => {
    if (entry.seq <= (ends.get(`${entry.tenantId}/${entry.writer}`) ?? 0)) verifier.entry(entry);
  });
  return verifier.end();
}
