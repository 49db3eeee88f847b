/**
 * Where an EA of this node may be sent: to one of the endpoints that it named itself, if that leads to another node that lives and takes
 * sessions. Of several the node with the fewest sessions has it; those on their way to it count as well, until it has told of more sessions.
 *
 * How many are on their way says how well the others keep up: whoever sends them waits while those are as many as may be.
 */
import { LIMITS } from '../limits.js';
import type { EndpointRecord } from '../protocol/messages.js';
import type { Member } from './member.js';

/** One that was not told of by then has gone another way. */
const LOST_MS = 5_000;

interface Sent {
  readonly node: string;
  readonly atMs: number;
}

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
  /** On their way, the oldest first. */
  #sent: readonly Sent[] = [];
  /** Sessions of each node as they were last told. */
  #told: ReadonlyMap<string, number> = new Map();

  constructor(options: ElsewhereOptions) {
    this.#options = options;
  }

  /** The place in the list of what the EA named; undefined where nothing of it leads to another node. */
  send(named: readonly EndpointRecord[]): number | undefined {
    const others = this.#look();
    const texts = named.map(endpointText);
    // An address that leads here too, as that of a balancer in front of all nodes, may lead back.
    const own = new Set(this.#options.own());
    const known = others.flatMap((member) => {
      const at = texts.findIndex((text) => member.endpoints.includes(text) && !own.has(text));
      return at < 0 ? [] : [{ ...member, at }];
    });
    const best = this.#fewest(known);
    if (best === undefined) return undefined;
    this.#sent = [...this.#sent, { node: best.node, atMs: this.#options.nowMs() }];
    return best.at;
  }

  /** Whoever were sent now would wait long where it would be sent. */
  get isBusy(): boolean {
    return this.#fewest(this.#look())?.busy === true;
  }

  /** How many more may be on their way now. */
  room(): number {
    this.#look();
    return Math.max(0, LIMITS.session.drainUnderWay - this.#sent.length);
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

  /** Of these the one with the fewest sessions. */
  #fewest<M extends Member>(members: readonly M[]): M | undefined {
    const counted = members.map((member) => ({ member, sessions: member.sessions + this.#sentTo(member.node) }));
    return counted.sort((a, b) => a.sessions - b.sessions || (a.member.node < b.member.node ? -1 : 1))[0]?.member;
  }

  #sentTo(name: string): number {
    return this.#sent.filter(({ node }) => node === name).length;
  }

  /** As many as a node tells more than before have come there: the oldest that were on their way. */
  #look(): readonly Member[] {
    const others = this.#others();
    const come = new Map(others.map(({ node, sessions }) => [node, sessions - (this.#told.get(node) ?? sessions)]));
    this.#told = new Map(others.map(({ node, sessions }) => [node, sessions]));
    const pastMs = this.#options.nowMs() - LOST_MS;
    this.#sent = this.#sent.filter(({ node, atMs }) => {
      const left = come.get(node) ?? 0;
      if (left > 0) come.set(node, left - 1);
      return left <= 0 && atMs > pastMs;
    });
    return others;
  }
}
