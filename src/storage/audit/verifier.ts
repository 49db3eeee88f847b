/**
 * Checks an audit log without trusting who hands it over. It is fed row by row, anchors first, then heads, then entries, each
 * in order, and keeps in mind only ends and anchored places, so a log of any length can be checked.
 *
 * What it finds: an entry or anchor that was altered (its hash is not that of its content behind the one before it), one that
 * is missing, doubled or out of place, a chain that ends before its head or before what an anchor vouches for, and a head
 * without its chain. What it lets pass: a chain whose beginning is gone up to a place that an anchor vouches for, since
 * retention drops such segments. What nobody can find in the log alone is a tail cut off together with its head since the
 * newest anchor: an anchor kept elsewhere bounds that to an hour.
 */
import type { AuditAnchor, AuditEntry, AuditHead } from './audit.js';
import { anchoredHeads, anchorHash, entryHash, NOTHING_BEFORE } from './chain.js';

export interface AuditFault {
  readonly tenantId: string;
  /** Absent where the fault is an anchor's. */
  readonly writer?: number;
  readonly seq: number;
  readonly what: string;
}

export interface AuditReport {
  readonly ok: boolean;
  readonly tenants: number;
  readonly chains: number;
  readonly entries: number;
  readonly anchors: number;
  /** The first of them; `faultCount` is how many there are. */
  readonly faults: readonly AuditFault[];
  readonly faultCount: number;
}

/** A place in a chain and the hash that stands there. */
interface Place {
  readonly seq: number;
  readonly hash: string;
}

interface Chain {
  readonly tenantId: string;
  readonly writer: number;
  head: Place | undefined;
  end: Place;
  /** Entries seen of it. */
  count: number;
  /** Anchored places not yet passed. */
  readonly anchored: Map<number, string>;
}

const FAULTS_TOLD = 100;
const START: Place = { seq: 0, hash: NOTHING_BEFORE };

export class AuditVerifier {
  readonly #chains = new Map<string, Chain>();
  readonly #anchors = new Map<string, Place>();
  readonly #tenants = new Set<string>();
  readonly #faults: AuditFault[] = [];
  #faultCount = 0;
  #entryCount = 0;
  #anchorCount = 0;

  anchor(anchor: AuditAnchor): void {
    const { tenantId, seq } = anchor;
    const before = this.#anchors.get(tenantId) ?? START;
    this.#tenants.add(tenantId);
    this.#anchorCount += 1;
    if (seq <= before.seq) {
      this.#fault({ tenantId, seq, what: `anchor ${seq} comes after anchor ${before.seq}` });
      return;
    }
    if (seq > before.seq + 1) this.#fault({ tenantId, seq, what: gap('anchor', before.seq + 1, seq - 1) });
    else if (anchorHash(before.hash, anchor) !== anchor.hash) this.#fault({ tenantId, seq, what: `anchor ${seq} was altered` });
    this.#anchors.set(tenantId, { seq, hash: anchor.hash });
    let heads: ReturnType<typeof anchoredHeads> = [];
    try {
      heads = anchoredHeads(anchor);
    } catch {
      this.#fault({ tenantId, seq, what: `anchor ${seq} cannot be read` });
    }
    for (const [writer, at, hash] of heads) this.#chain(tenantId, writer).anchored.set(at, hash);
  }

  head({ tenantId, writer, seq, hash }: AuditHead): void {
    const chain = this.#chain(tenantId, writer);
    if (chain.head !== undefined) this.#fault({ tenantId, writer, seq, what: 'the chain has a second head' });
    chain.head = { seq, hash };
  }

  entry(entry: AuditEntry): void {
    const { tenantId, writer, seq, hash } = entry;
    const chain = this.#chain(tenantId, writer);
    const fault = (what: string): void => this.#fault({ tenantId, writer, seq, what });
    this.#entryCount += 1;
    chain.count += 1;
    if (seq <= chain.end.seq) {
      fault(`entry ${seq} comes after entry ${chain.end.seq}`);
      return;
    }
    const before = seq === chain.end.seq + 1 ? chain.end.hash : this.#beforeGap(chain, seq, fault);
    if (before !== undefined && entryHash(before, entry) !== hash) fault(`entry ${seq} was altered`);
    const vouched = chain.anchored.get(seq);
    if (vouched !== undefined && vouched !== hash) fault(`entry ${seq} is not the one that was anchored`);
    chain.anchored.delete(seq);
    chain.end = { seq, hash };
  }

  end(): AuditReport {
    for (const chain of this.#chains.values()) this.#endChain(chain);
    return {
      ok: this.#faultCount === 0,
      tenants: this.#tenants.size,
      chains: this.#chains.size,
      entries: this.#entryCount,
      anchors: this.#anchorCount,
      faults: this.#faults,
      faultCount: this.#faultCount,
    };
  }

  /** The hash that the entry after a gap is chained to, where an anchor vouches that the gap is retention's. */
  #beforeGap(chain: Chain, seq: number, fault: (what: string) => void): string | undefined {
    const vouched = chain.count === 1 ? chain.anchored.get(seq - 1) : undefined;
    if (vouched === undefined) {
      fault(gap('entry', chain.end.seq + 1, seq - 1));
      return undefined;
    }
    for (const at of [...chain.anchored.keys()]) if (at < seq) chain.anchored.delete(at);
    return vouched;
  }

  #endChain({ tenantId, writer, head, end, count, anchored }: Chain): void {
    const fault = (seq: number, what: string): void => this.#fault({ tenantId, writer, seq, what });
    if (head === undefined) {
      fault(end.seq, 'the chain has no head');
      return;
    }
    // All of it may be gone, up to an anchored end.
    const last = count === 0 && anchored.get(head.seq) === head.hash ? head : end;
    if (last.seq !== head.seq) fault(head.seq, `the chain ends at entry ${last.seq}, its head is at ${head.seq}`);
    else if (last.hash !== head.hash) fault(head.seq, `the head is not the chain’s entry ${head.seq}`);
    const beyond = [...anchored.keys()].filter((at) => at > last.seq);
    if (beyond.length > 0) fault(Math.max(...beyond), `the chain ends at entry ${last.seq}, and a later one was anchored`);
  }

  #chain(tenantId: string, writer: number): Chain {
    this.#tenants.add(tenantId);
    const key = `${tenantId}/${writer}`;
    let chain = this.#chains.get(key);
    if (chain === undefined) {
      chain = { tenantId, writer, head: undefined, end: START, count: 0, anchored: new Map() };
      this.#chains.set(key, chain);
    }
    return chain;
  }

  #fault(fault: AuditFault): void {
    this.#faultCount += 1;
    if (this.#faults.length < FAULTS_TOLD) this.#faults.push(fault);
  }
}

function gap(what: 'anchor' | 'entry', first: number, last: number): string {
  return first === last ? `${what} ${first} is missing` : `${what} ${first} to ${last} are missing`;
}
