/** What a node tells of itself to all others, renewed while it lives; and what stands in the registry of a thing that has a holder. */
import type { Epoch } from './epoch.js';

export interface Member {
  readonly node: string;
  /** Of this life in the cluster: whoever was given up comes back under another. */
  readonly session: string;
  readonly version: string;
  /** Of the words that it speaks with others (`protocol.ts`). */
  readonly protocol: number;
  /** Whether it may be given anything; where not, why. */
  readonly fit: boolean;
  readonly why: string | null;
  /** For how long it has been fit in this life, when it last told. */
  readonly fitForMs: number;
  /** For how long its process has been there, whatever became of its lives, when it last told. */
  readonly upForMs: number;
  /** Its HTTP, for people. */
  readonly url: string | null;
  /** EAs that were let in, when it last told. */
  readonly sessions: number;
  /** Whether who came to it now would wait long: more is to be done at once than its ledger takes in. */
  readonly busy: boolean;
  /** Where EAs may dial it, as `tls://host:port`; none while it takes no sessions. */
  readonly endpoints: readonly string[];
}

/** Who has a thing. Nobody has it where both are null, or the life named is over. */
export interface Lease {
  readonly thing: string;
  readonly node: string | null;
  readonly session: string | null;
  readonly epoch: Epoch;
}

/** Kinds of things that are had by one node at a time. */
export type ThingKind = 'feed' | 'symbol' | 'tenant';

export function thingOf(kind: ThingKind, name: string): string {
  return `${kind}/${name}`;
}
