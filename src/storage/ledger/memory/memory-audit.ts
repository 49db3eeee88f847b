/** The in-memory ledger's audit log: a chain for each tenant under this process's number, and the anchors over all of them. */
import { type AuditEvent, NODE_ITSELF, type OperatorAction } from '../../audit/audit.js';
import { SuhoError } from '../../../errors.js';
import { emptyChain, link, nextAnchor } from '../../audit/chain.js';
import { actionTold } from '../../audit/events.js';
import type { Journal, MemoryTables } from './memory-tables.js';
import { copy, keyOf } from './row-keys.js';

export class MemoryAudit {
  readonly #tables: MemoryTables;
  readonly #writer: number;
  readonly #told: () => void;

  /** `told` is called at each entry: what it throws fails the transaction. */
  constructor(tables: MemoryTables, told: () => void) {
    this.#tables = tables;
    this.#told = told;
    tables.auditWriters += 1;
    this.#writer = tables.auditWriters;
  }

  tell(tenantId: string, event: AuditEvent, journal: Journal): void {
    this.#told();
    const { audit, auditHeads } = this.#tables;
    const key = keyOf(tenantId, this.#writer);
    const before = auditHeads.get(key) ?? { ...emptyChain(tenantId, this.#writer), anchoredSeq: 0 };
    const { entries, head } = link(before, [event]);
    for (const entry of entries) audit.put(keyOf(tenantId, entry.writer, entry.seq), entry, journal);
    auditHeads.put(key, { ...before, ...head }, journal);
  }

  tellAction(action: OperatorAction, journal: Journal): void {
    const { tenantId } = action;
    if (tenantId !== null && !this.#tables.tenants.has(tenantId))
      throw new SuhoError('NOT_FOUND', `There is no tenant ${tenantId}.`);
    this.tell(tenantId ?? NODE_ITSELF, actionTold(copy(action)), journal);
  }

  anchor(atMs: number, journal: Journal): number {
    const { tenants, auditHeads, auditAnchors, newestAnchor } = this.#tables;
    let anchored = 0;
    for (const id of [...tenants.values().map((tenant) => tenant.id), NODE_ITSELF]) {
      const moved = auditHeads.values().filter(({ tenantId, seq, anchoredSeq }) => tenantId === id && seq > anchoredSeq);
      const anchor = nextAnchor(id, atMs, newestAnchor.get(id), moved);
      if (anchor === undefined) continue;
      auditAnchors.put(keyOf(id, anchor.seq), anchor, journal);
      newestAnchor.put(id, anchor, journal);
      for (const head of moved) auditHeads.put(keyOf(id, head.writer), { ...head, anchoredSeq: head.seq }, journal);
      anchored += 1;
    }
    return anchored;
  }
}
