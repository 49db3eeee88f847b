/**
 * Writes to the audit log, in the transaction of what it tells: if the entry cannot be stored, nothing is. A chain's head is
 * locked from when it is read until the transaction ends, so the transactions of one process that tell of one tenant follow
 * each other. The head is the last lock that a transaction takes for a tenant, so no two wait for each other.
 */
import { type AuditAnchor, type AuditEvent, type AuditHead, NODE_ITSELF, type OperatorAction } from '../audit/audit.js';
import { emptyChain, link, nextAnchor } from '../audit/chain.js';
import { actionTold } from '../audit/events.js';
import { SuhoError } from '../../errors.js';
import { ANCHOR_COLUMNS, ENTRY_COLUMNS, HEAD_COLUMNS, insertFrom, recordset, selectList } from './columns.js';
import { insertFromArrays, rowArrays } from './row-arrays.js';
import type { Statement, Transaction } from './transaction.js';

const TAKE_WRITER: Statement = {
  name: 'take-audit-writer',
  text: `UPDATE counters SET value = value + 1 WHERE name = 'audit_writer' RETURNING value`,
};
const LOCK_HEAD: Statement = {
  name: 'lock-audit-head',
  text: `SELECT ${selectList(HEAD_COLUMNS)} FROM audit_heads WHERE tenant_id = $1 AND writer = $2 FOR NO KEY UPDATE`,
};
// Of two transactions that begin a chain at once the second waits here for the first.
const BEGIN_CHAIN: Statement = {
  name: 'begin-audit-chain',
  text: 'INSERT INTO audit_heads (tenant_id, writer, seq, hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
};
// Parameters: the entries' columns, then the head's.
const HEAD = Object.keys(ENTRY_COLUMNS).length + 1;
const APPEND: Statement = {
  name: 'append-audit',
  text: `WITH head AS (
      UPDATE audit_heads SET seq = $${HEAD + 2}, hash = $${HEAD + 3} WHERE tenant_id = $${HEAD} AND writer = $${HEAD + 1})
    ${insertFromArrays('audit_entries', ENTRY_COLUMNS)}`,
};
// Of two nodes that anchor at once the second waits for the first, and finds nothing moved.
const LOCK_TENANT: Statement = { name: 'lock-tenant', text: 'SELECT id FROM tenants WHERE id = $1 FOR NO KEY UPDATE' };
const TENANT_THERE: Statement = { name: 'tenant-there', text: 'SELECT id FROM tenants WHERE id = $1' };
/** The node has no row of its own to lock. */
const LOCK_NODE: Statement = {
  name: 'lock-node',
  text: `SELECT name FROM counters WHERE name = 'audit_writer' FOR NO KEY UPDATE`,
};
const NEWEST_ANCHOR: Statement = {
  name: 'newest-audit-anchor',
  text: 'SELECT seq, hash FROM audit_anchors WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1',
};
const MOVED_HEADS: Statement = {
  name: 'moved-audit-heads',
  text: `SELECT ${selectList(HEAD_COLUMNS)} FROM audit_heads WHERE tenant_id = $1 AND seq > anchored_seq ORDER BY writer`,
};
const MARK_ANCHORED: Statement = {
  name: 'mark-anchored',
  text: `UPDATE audit_heads SET anchored_seq = incoming.seq FROM ${recordset('$2', HEAD_COLUMNS, ['writer', 'seq'])}
    WHERE tenant_id = $1 AND audit_heads.writer = incoming.writer`,
};
const ADD_ANCHOR: Statement = { name: 'add-audit-anchor', text: insertFrom('audit_anchors', '$1', ANCHOR_COLUMNS) };

export function takeAuditWriter(transaction: Transaction): Promise<number> {
  return transaction.rows<{ value: number }>(TAKE_WRITER).then(([counter]) => Number(counter?.value));
}

/** One process's chains. */
export class AuditTrail {
  constructor(readonly writer: number) {}

  /** The head of the tenant for whom the transaction acts, locked; undefined where the chain has not begun. */
  async lockHead(transaction: Transaction, tenantId: string): Promise<AuditHead | undefined> {
    const [head] = await transaction.rows<AuditHead>(LOCK_HEAD, [tenantId, this.writer]);
    return head;
  }

  /** Tells of the events behind the head; the transaction acts for its tenant. */
  append(transaction: Transaction, head: AuditHead, events: readonly AuditEvent[]): void {
    if (events.length === 0) return;
    const linked = link(head, events);
    const { seq, hash } = linked.head;
    const values = [...rowArrays(ENTRY_COLUMNS, linked.entries), head.tenantId, head.writer, seq, hash];
    transaction.send(APPEND, values, linked.entries.length);
  }

  async beginChain(transaction: Transaction, tenantId: string): Promise<AuditHead> {
    const { writer, seq, hash } = emptyChain(tenantId, this.writer);
    transaction.actFor(tenantId);
    transaction.send(BEGIN_CHAIN, [tenantId, writer, seq, hash]);
    return (await this.lockHead(transaction, tenantId)) ?? emptyChain(tenantId, writer);
  }

  /** Begins a chain of a writer that is new with a first word in it, in a transaction that acts for no tenant: its owner's. */
  open(transaction: Transaction, tenantId: string, events: readonly AuditEvent[]): void {
    const head = emptyChain(tenantId, this.writer);
    transaction.send(BEGIN_CHAIN, [tenantId, head.writer, head.seq, head.hash], 1);
    this.append(transaction, head, events);
  }

  async record(transaction: Transaction, tenantId: string, events: readonly AuditEvent[]): Promise<void> {
    transaction.actFor(tenantId);
    const head = (await this.lockHead(transaction, tenantId)) ?? (await this.beginChain(transaction, tenantId));
    this.append(transaction, head, events);
  }
}

export async function tellAction(transaction: Transaction, action: OperatorAction, trail: AuditTrail): Promise<void> {
  const owner = action.tenantId ?? NODE_ITSELF;
  transaction.actFor(owner);
  if (action.tenantId !== null) {
    const [tenant] = await transaction.rows(TENANT_THERE, [owner]);
    if (tenant === undefined) throw new SuhoError('NOT_FOUND', `There is no tenant ${owner}.`);
  }
  await trail.record(transaction, owner, [actionTold(action)]);
}

/** Writes the tenant's next anchor, where a head has moved since the newest. */
export async function anchorTenant(transaction: Transaction, tenantId: string, atMs: number): Promise<boolean> {
  transaction.actFor(tenantId);
  const [, [newest], moved] = await Promise.all([
    tenantId === NODE_ITSELF ? transaction.rows(LOCK_NODE) : transaction.rows(LOCK_TENANT, [tenantId]),
    transaction.rows<Pick<AuditAnchor, 'seq' | 'hash'>>(NEWEST_ANCHOR, [tenantId]),
    transaction.rows<AuditHead>(MOVED_HEADS, [tenantId]),
  ]);
  const anchor = nextAnchor(tenantId, atMs, newest, moved);
  if (anchor === undefined) return false;
  transaction.send(ADD_ANCHOR, [JSON.stringify([anchor])], 1);
  transaction.send(MARK_ANCHORED, [tenantId, JSON.stringify(moved)], moved.length);
  return true;
}
