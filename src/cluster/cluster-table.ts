/**
 * What one node knows of its cluster, and what it should do about it: a synchronous function of what it heard and of its own
 * monotonic clock. Why no two nodes ever act for one thing:
 *
 * - A thing's entry in the registry names its holder and the holder's life (`session`); it is changed by compare-and-set alone, so
 *   of two that take it one has it. What is done under it bears the entry's number as an epoch, and whoever hears of a higher one
 *   takes nothing of a lower. Who hands a thing over acts for it no more before it makes the entry out to a life of another.
 * - A life stands while its member entry does. Its node renews that one entry, and so all its leases together. It stops acting two
 *   thirds of the TTL after it **sent** the last renewal that was answered, by its own clock, asked anew at each use: a process that
 *   was stopped finds out before it does anything.
 * - Others give a life up a whole TTL after they **heard** its last renewal, which is later than it was sent, while they heard
 *   themselves all along; and they do it by removing the member entry as it stood. Had it been renewed meanwhile they would fail; once
 *   they succeed it can never be renewed again. Only then are its leases free.
 * - A registry that was wiped knows of no holder, and there may be one yet: under a generation that is new nothing is taken for a whole
 *   TTL, in which every holder of before has stopped.
 *
 * The clocks of two nodes may be apart by any time. Only should one run half as fast again as another would they both act, and
 * then the epochs and the ledger's own fences stand in between.
 */
import type { Epoch } from './epoch.js';
import { type Lease, type Member, thingOf } from './member.js';
import { Placements } from './placement.js';

export interface ClusterTimes {
  /** A life that is not renewed for so long is given up. */
  readonly ttlMs: number;
  /** A node that has just become fit is given what others have only after so long. */
  readonly settleMs: number;
  /** The same of a symbol: whoever has its minute in progress must have heard all of it. */
  readonly settleSymbolMs: number;
}

export type Step =
  /** It was not heard for a whole TTL. */
  | { readonly kind: 'bury'; readonly node: string; readonly revision: number }
  /** Nobody has it, and this node should; the number of its entry, where there is one. */
  | { readonly kind: 'take'; readonly thing: string; readonly revision: number | undefined }
  /** This node has it, and that life of another should: its entry is made out to it, so that it waits for nobody to take it. */
  | {
      readonly kind: 'yield';
      readonly thing: string;
      readonly revision: number;
      readonly to: string;
      readonly session: string;
    };

/** To whom a thing belongs. */
interface Candidates {
  /** That nobody has. */
  readonly first: (thing: string) => string | undefined;
  /** That this node has: itself among others while it may keep it, and then it waits for them to settle. */
  readonly stay: (thing: string) => string | undefined;
}

const SYMBOLS = thingOf('symbol', '');
/** By steps, which all nodes see passed within the time that a message takes; who is the oldest they would not agree on for as long as it lasts. */
const PARTS_SETTLED = [1, 2, 4, 8] as const;

interface Seen<T> {
  readonly value: T;
  readonly revision: number;
}

interface SeenMember extends Seen<Member> {
  /** When its newest renewal was heard, and which that was; what an answer told of our own is not heard yet. */
  readonly heardMs: number;
  readonly heard: number;
  /** Since when it has been fit without a break, as far as it was heard and told. */
  readonly fitMs: number | undefined;
  /** Since when its process has been there, as it tells. */
  readonly upMs: number;
}

const namesOf = (members: readonly SeenMember[]): readonly string[] => members.map(({ value }) => value.node);

export class ClusterTable {
  readonly #members = new Map<string, SeenMember>();
  readonly #leases = new Map<string, Seen<Lease>>();
  readonly #placements = new Placements();
  /** Things that are being handed over, and under which number of their entry. */
  readonly #yielding = new Map<string, number>();
  /** Names heard since the look began anew; undefined while it is whole. */
  #anew: Set<string> | undefined = new Set();
  /** Of the registry, and since when this node has known it. */
  #generation: { readonly value: number; readonly sinceMs: number } | undefined;
  /** Of the own life: when the last renewal that was answered was sent. */
  #life: { readonly session: string; renewedMs: number } | undefined;

  constructor(
    readonly node: string,
    readonly times: ClusterTimes,
  ) {}

  /** Whether all entries were heard, and each change since. */
  get isWhole(): boolean {
    return this.#anew === undefined;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()].map(({ value }) => value);
  }

  get leases(): readonly Lease[] {
    return [...this.#leases.values()].map(({ value }) => value);
  }

  /** Nodes, this one too, of which a renewal was heard so lately. */
  heardWithin(ms: number, nowMs: number): readonly Member[] {
    return [...this.#members.values()].filter(({ heardMs }) => nowMs - heardMs <= ms).map(({ value }) => value);
  }

  /** The member entry of a node as it was last heard. */
  member(node: string): Seen<Member> | undefined {
    return this.#members.get(node);
  }

  /** When the newest renewal of a node was heard. */
  heardMs(node: string): number | undefined {
    return this.#members.get(node)?.heardMs;
  }

  lease(thing: string): Seen<Lease> | undefined {
    return this.#leases.get(thing);
  }

  get generation(): number | undefined {
    return this.#generation?.value;
  }

  generationHeard(value: number, nowMs: number): void {
    this.#anew?.add('generation');
    if (this.#generation?.value === value) return;
    this.#generation = { value, sinceMs: nowMs };
    // Its numbers count from one again: one that was handed over before may stand for another entry now.
    this.#yielding.clear();
  }

  lookBegins(): void {
    this.#anew = new Set();
  }

  lookIsWhole(): void {
    const heard = this.#anew;
    if (heard === undefined) return;
    for (const node of this.#members.keys()) if (!heard.has(`member/${node}`)) this.#members.delete(node);
    for (const thing of this.#leases.keys()) if (!heard.has(`lease/${thing}`)) this.#leases.delete(thing);
    if (!heard.has('generation')) this.#generation = undefined;
    this.#anew = undefined;
  }

  memberHeard(value: Member, revision: number, nowMs: number): void {
    this.#anew?.add(`member/${value.node}`);
    const before = this.#members.get(value.node);
    if (before !== undefined && before.heard >= revision && this.isWhole) return;
    // The same entry told again, as when a look begins anew, is no sign of life.
    const heardMs = before?.heard === revision ? before.heardMs : nowMs;
    this.#keepMember(value, revision, { heardMs, heard: revision }, nowMs);
  }

  /** The own entry as an answer told it: whether changes still come in, it does not tell. */
  memberWritten(value: Member, revision: number, nowMs: number): void {
    const before = this.#members.get(value.node);
    if (before !== undefined && before.revision >= revision) return;
    this.#keepMember(value, revision, { heardMs: before?.heardMs ?? nowMs, heard: before?.heard ?? 0 }, nowMs);
  }

  #keepMember(value: Member, revision: number, heard: Pick<SeenMember, 'heardMs' | 'heard'>, nowMs: number): void {
    const before = this.#members.get(value.node);
    const fitMs = before?.value.session === value.session ? before.fitMs : undefined;
    // Whoever comes late has not heard for how long others have been there: they tell.
    const sinceMs = Math.min(fitMs ?? nowMs, nowMs - value.fitForMs);
    const upMs = nowMs - value.upForMs;
    this.#members.set(value.node, { value, revision, ...heard, fitMs: value.fit ? sinceMs : undefined, upMs });
  }

  memberGone(node: string): void {
    this.#members.delete(node);
  }

  leaseHeard(value: Lease, revision: number): void {
    this.#anew?.add(`lease/${value.thing}`);
    const before = this.#leases.get(value.thing);
    if (before !== undefined && before.revision >= revision && this.isWhole) return;
    this.#leases.set(value.thing, { value, revision });
  }

  /** What is handed over is not acted for any more, whether or not its entry has changed yet. */
  yielding(thing: string): void {
    const lease = this.#leases.get(thing);
    if (lease !== undefined) this.#yielding.set(thing, lease.revision);
  }

  leaseGone(thing: string): void {
    this.#leases.delete(thing);
  }

  /** This node's life: begun, or renewed; `sentMs` is when what was answered left. */
  renewed(session: string, sentMs: number): void {
    if (this.#life?.session === session) this.#life.renewedMs = Math.max(this.#life.renewedMs, sentMs);
    else this.#life = { session, renewedMs: sentMs };
  }

  /** It was given up by others, or gives itself up. */
  lifeEnded(): void {
    this.#life = undefined;
  }

  get session(): string | undefined {
    return this.#life?.session;
  }

  /** Until when this node may act for what it has. */
  actsUntilMs(): number {
    return this.#life === undefined ? Number.NEGATIVE_INFINITY : this.#life.renewedMs + (2 * this.times.ttlMs) / 3;
  }

  /** Under which epoch this node may act for the thing now; undefined where it may not. Asked at each use. */
  holds(thing: string, nowMs: number): Epoch | undefined {
    const lease = this.#leases.get(thing);
    if (lease === undefined || this.#yielding.get(thing) === lease.revision) return undefined;
    const { node, session, epoch } = lease.value;
    if (node !== this.node || session !== this.#life?.session) return undefined;
    return nowMs < this.actsUntilMs() ? epoch : undefined;
  }

  /** Who has the thing, as far as is known. */
  holder(thing: string): Member | undefined {
    const lease = this.#leases.get(thing)?.value;
    const member = lease?.node ? this.#members.get(lease.node)?.value : undefined;
    return member !== undefined && member.session === lease?.session ? member : undefined;
  }

  /** For how long this node has been fit in that life. */
  fitForMs(session: string, nowMs: number): number {
    const own = this.#members.get(this.node);
    return own?.fitMs === undefined || own.value.session !== session ? 0 : nowMs - own.fitMs;
  }

  /** Whether anybody else is fit, as far as is known. */
  get isOtherFit(): boolean {
    for (const [node, { value }] of this.#members) if (node !== this.node && value.fit) return true;
    return false;
  }

  /** What is to be done now, for these things. */
  steps(things: Iterable<string>, nowMs: number): readonly Step[] {
    if (!this.isWhole || this.#life === undefined || nowMs >= this.actsUntilMs()) return [];
    const steps: Step[] = [...this.#overdue(nowMs)];
    const candidates = this.#candidates(nowMs);
    const mayTake = this.#generation !== undefined && nowMs - this.#generation.sinceMs >= this.times.ttlMs;
    for (const thing of things) {
      const lease = this.#leases.get(thing);
      const holder = this.holder(thing);
      const { first, stay } = candidates[thing.startsWith(SYMBOLS) ? 'symbol' : 'other'];
      if (holder === undefined) {
        if (mayTake && first(thing) === this.node) steps.push({ kind: 'take', thing, revision: lease?.revision });
      } else if (holder.node === this.node && lease !== undefined) {
        const to = stay(thing) ?? this.node;
        const session = this.#members.get(to)?.value.session;
        if (to !== this.node && session !== undefined)
          steps.push({ kind: 'yield', thing, revision: lease.revision, to, session });
      }
    }
    return steps;
  }

  /** Where the own renewals are not heard, those of others may have come as well. */
  *#overdue(nowMs: number): Iterable<Step> {
    const { ttlMs } = this.times;
    const own = this.#members.get(this.node);
    if (own === undefined || nowMs - own.heardMs >= ttlMs / 3) return;
    for (const [node, { heardMs, revision }] of this.#members)
      if (node !== this.node && nowMs - heardMs >= ttlMs) yield { kind: 'bury', node, revision };
  }

  /**
   * Those that are fit, where any is; of these who has been so for long goes before who has not, also where nobody has been for long enough.
   * A registry that was wiped makes all begin anew at once: of those whom nothing else tells apart, whoever was there before goes first.
   */
  #candidates(nowMs: number): Readonly<Record<'symbol' | 'other', Candidates>> {
    const all = [...this.#members.values()];
    const fit = all.filter(({ value }) => value.fit);
    const able = fit.length > 0 ? fit : all;
    const since = (sinceMs: number | undefined, ms: number): boolean => sinceMs !== undefined && nowMs - sinceMs >= ms;
    const longest = (of: readonly SeenMember[], settleMs: number, sinceOf: (one: SeenMember) => number | undefined) =>
      PARTS_SETTLED.map((part) => of.filter((one) => since(sinceOf(one), settleMs / part))).find(({ length }) => length > 0) ??
      of;
    const candidates = (settleMs: number): Candidates => {
      const settled = able.filter(({ fitMs }) => since(fitMs, settleMs));
      const oldest = longest(able, settleMs, ({ fitMs }) => fitMs);
      const first = settled.length > 0 ? settled : longest(oldest, settleMs, ({ upMs }) => upMs);
      // Who has just come has not heard yet what closed while it was away: it is handed nothing sooner than it would take anything.
      const stay = able.some(({ value }) => value.node === this.node)
        ? new Set([...namesOf(settled), this.node])
        : namesOf(first.filter(({ fitMs }) => since(fitMs, this.times.ttlMs)));
      return { first: this.#placements.among(namesOf(first)), stay: this.#placements.among([...stay]) };
    };
    return { symbol: candidates(this.times.settleSymbolMs), other: candidates(this.times.settleMs) };
  }
}
