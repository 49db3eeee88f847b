/** How entries and anchors are chained: pure, and the only place that knows what a hash is made of. */
import { canonicalJson, canonicalLine, sha256Hex } from '../../runtime/digest.js';
import type { AuditAnchor, AuditEntry, AuditEvent, AuditHead } from './audit.js';

/** What the first link is chained to. Each link names its chain, so chains that begin alike are not alike. */
export const NOTHING_BEFORE = '0'.repeat(64);

export function emptyChain(tenantId: string, writer: number): AuditHead {
  return { tenantId, writer, seq: 0, hash: NOTHING_BEFORE };
}

export function entryHash(before: string, entry: Omit<AuditEntry, 'hash'>): string {
  const { tenantId, writer, seq, atMs, kind, subject, body } = entry;
  return sha256Hex(`${before}\n${canonicalLine('audit', `${tenantId}/${writer}`, seq, { atMs, body, kind, subject })}`);
}

export function anchorHash(before: string, anchor: Omit<AuditAnchor, 'hash'>): string {
  const { tenantId, seq, atMs, heads } = anchor;
  return sha256Hex(`${before}\n${canonicalLine('anchor', tenantId, seq, { atMs, heads })}`);
}

export interface Linked {
  readonly entries: readonly AuditEntry[];
  readonly head: AuditHead;
}

/** The events as entries behind the head, and the head after them. */
export function link(head: AuditHead, events: readonly AuditEvent[]): Linked {
  const { tenantId, writer } = head;
  const entries: AuditEntry[] = [];
  let { seq, hash } = head;
  for (const { kind, subject, atMs, body } of events) {
    seq += 1;
    const entry = { tenantId, writer, seq, atMs, kind, subject, body: canonicalJson(body) };
    hash = entryHash(hash, entry);
    entries.push({ ...entry, hash });
  }
  return { entries, head: { tenantId, writer, seq, hash } };
}

type Anchored = readonly [writer: number, seq: number, hash: string];

export function anchoredHeads(anchor: Pick<AuditAnchor, 'heads'>): readonly Anchored[] {
  return JSON.parse(anchor.heads) as readonly Anchored[];
}

/** The tenant's next anchor, over the heads that have moved since its newest; undefined where none has. */
export function nextAnchor(
  tenantId: string,
  atMs: number,
  newest: Pick<AuditAnchor, 'seq' | 'hash'> | undefined,
  moved: readonly AuditHead[],
): AuditAnchor | undefined {
  if (moved.length === 0) return undefined;
  const inOrder = [...moved].sort((a, b) => a.writer - b.writer).map(({ writer, seq, hash }): Anchored => [writer, seq, hash]);
  const anchor = { tenantId, seq: (newest?.seq ?? 0) + 1, atMs, heads: canonicalJson(inOrder) };
  return { ...anchor, hash: anchorHash(newest?.hash ?? NOTHING_BEFORE, anchor) };
}
