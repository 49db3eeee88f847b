/**
 * Where an EA of this node may be sent: to one of the endpoints that it named itself, if that leads to another node that lives and takes
 * sessions. Of several the node with the fewest sessions has it; those that were sent to it of late count as well, since what it
 * told of itself is older than they are.
 */
import type { EndpointRecord } from '../protocol/messages.js';
import type { Member } from './member.js';

/** By then a node has told of whoever was sent to it. */
const TOLD_MS = 2_000;

export interface ElsewhereOptions {
  /** Nodes of the cluster that were heard just now. */
  readonly members: () => readonly Member[];
  /** Which of them is this one. */
  readonly node: string;
  /** How EAs reach this one, whatever it tells others now. */
  readonly own: () => readonly string[];
  /** Of the machine, monotonic. */
  readonly nowMs: () => number;
}

/** As a setting and a member write it: `tls://host:port`, an address of IPv6 in brackets. */
export function endpointText({ transport, host, port }: EndpointRecord): string {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  return `${transport.toLowerCase()}://${bare.includes(':') ? `[${bare}]` : bare}:${port}`;
}

export class Elsewhere {
  readonly #options: ElsewhereOptions;
  /** Who was sent within `TOLD_MS`, the oldest first, and how many to each node. */
  readonly #sent: { readonly node: string; readonly atMs: number }[] = [];
  readonly #counts = new Map<string, number>();

  constructor(options: ElsewhereOptions) {
    this.#options = options;
  }

  /** The place in the list of what the EA named; undefined where nothing of it leads to another node. */
  send(named: readonly EndpointRecord[]): number | undefined {
    this.#forget();
    const texts = named.map(endpointText);
    // An address that leads here too, as that of a balancer in front of all nodes, may lead back.
    const own = new Set(this.#options.own());
    const known = this.#others().flatMap((member) => {
      const at = texts.findIndex((text) => member.endpoints.includes(text) && !own.has(text));
      return at < 0 ? [] : [{ node: member.node, at, sessions: member.sessions + this.#sentTo(member.node) }];
    });
    const [best] = known.sort((a, b) => a.sessions - b.sessions || (a.node < b.node ? -1 : 1));
    if (best === undefined) return undefined;
    this.#sent.push({ node: best.node, atMs: this.#options.nowMs() });
    this.#counts.set(best.node, this.#sentTo(best.node) + 1);
    return best.at;
  }

  /** By how many this node's sessions are more than its share of all. */
  surplus(own: number): number {
    const others = this.#others();
    const all = others.reduce((sum, { sessions }) => sum + sessions, own);
    return Math.max(0, own - Math.ceil(all / (others.length + 1)));
  }

  #others(): readonly Member[] {
    const { members, node } = this.#options;
    return members().filter((member) => member.node !== node && member.fit && member.endpoints.length > 0);
  }

  #sentTo(node: string): number {
    return this.#counts.get(node) ?? 0;
  }

  #forget(): void {
    const pastMs = this.#options.nowMs() - TOLD_MS;
    const kept = this.#sent.findIndex(({ atMs }) => atMs > pastMs);
    for (const { node } of this.#sent.splice(0, kept < 0 ? this.#sent.length : kept))
      this.#counts.set(node, this.#sentTo(node) - 1);
  }
}
