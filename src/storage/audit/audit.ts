/**
 * The audit log: what happened to a tenant's accounts and signals, written in the transaction in which it happened, never
 * changed after. Each process that opens the ledger takes a number, its writer epoch, and for each tenant writes a chain of
 * its own: so no two processes wait for each other's chain, and each chain is a plain sequence.
 *
 * What belongs to no tenant, as what operators do to a node, is told in chains of the node's own.
 */
import { NODE_USERS } from '../../access/principal.js';
import type { Role } from '../../access/roles.js';

/** In the place of a tenant's id, of which none begins with a dash or the like: what is the node's own. */
export const NODE_ITSELF = NODE_USERS;

/** What somebody who came in did, or is about to do. */
export interface OperatorAction {
  /** Null where it is the node's own affair. */
  readonly tenantId: string | null;
  readonly who: string;
  readonly role: Role;
  /** Of what and what: `account.command`. */
  readonly action: string;
  /** Id of what it is done to. */
  readonly subject: string;
  readonly reason: string;
  /** What else belongs to it; no secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** What happened, before it has its place in a chain. */
export interface AuditEvent {
  /** Of what and what: `signal.raised`, `account.claimed`. */
  readonly kind: string;
  /** Id of the signal, account or tenant that it happened to; the ticket of a deal. */
  readonly subject: string;
  readonly atMs: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface AuditEntry {
  readonly tenantId: string;
  readonly writer: number;
  /** Its place in the chain, from 1 without gaps. */
  readonly seq: number;
  readonly atMs: number;
  readonly kind: string;
  readonly subject: string;
  /** Canonical JSON, letter for letter what was hashed. */
  readonly body: string;
  /** SHA-256 over the hash before it and all the rest of the entry, lower-case hex. */
  readonly hash: string;
}

/** The end of a chain. */
export interface AuditHead {
  readonly tenantId: string;
  readonly writer: number;
  /** 0 while the chain has no entry. */
  readonly seq: number;
  readonly hash: string;
}

/**
 * A tenant's heads at an instant. It holds those that had moved since the anchor before it, and its hash covers that anchor:
 * so it stands for all heads. Who keeps one elsewhere can tell that nothing before it was changed since.
 */
export interface AuditAnchor {
  readonly tenantId: string;
  /** From 1 without gaps. */
  readonly seq: number;
  readonly atMs: number;
  /** Canonical JSON: `[[writer, seq, hash], …]` by writer. */
  readonly heads: string;
  readonly hash: string;
}
