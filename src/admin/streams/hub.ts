/**
 * What happens in the engine, to those who hear it over HTTP. What makes it cheap and safe:
 *
 * - Whoever publishes leaves an object and goes on: no bytes are made, no reader is looked at and nothing is sent in its turn.
 *   What nobody hears is made into bytes never; what many hear, once.
 * - Events stand in a bounded ring per topic, and each reader has a number in it. A reader that comes back with its number gets
 *   exactly what it missed, or is told `gap`. Numbers go with the node's start.
 * - Figures, of which only the newest counts, are handed to readers at a pace, and a reader that is slow is sent the newest.
 * - Sending is done in slices of so many messages, between which the engine has its turns.
 */
import { type Principal, reaches } from '../../access/principal.js';
import { LIMITS } from '../../limits.js';
import type { Cancel, Timers } from '../../runtime/clock.js';
import { endOfTurn } from '../../runtime/turn.js';
import { Channel } from './channel.js';
import type { Reader } from './reader.js';
import { Subscription } from './subscription.js';
import { type Market, mayHear, type Owner, readTopic, type Topic, type TopicKind } from './topics.js';

export interface StreamHubOptions {
  /** Names this start of the node: cursors of another are answered with a gap. */
  readonly start: string;
  readonly market: Market;
  readonly timers: Timers;
}

/** Told when the first comes to hear a topic, and when the last has gone. */
export type TopicListener = (topic: Topic, heard: boolean) => void;

export type Subscribed =
  | { readonly kind: 'subscribed'; readonly cursor: string; readonly gap: boolean }
  | { readonly kind: 'refused'; readonly reason: string };

const KEPT: Readonly<Record<TopicKind, number>> = {
  prices: 0,
  candles: LIMITS.streams.candles,
  signals: LIMITS.streams.events,
  accounts: LIMITS.streams.events,
  alerts: LIMITS.streams.events,
  actors: 0,
  latency: 0,
};

export class StreamHub {
  /** Messages sent, readers that were cut for being slow, resumed subscriptions and those that met a gap. */
  readonly counts = { sent: 0, slow: 0, resumed: 0, gaps: 0 };
  readonly #options: StreamHubOptions;
  readonly #channels = new Map<string, Channel>();
  readonly #readers = new Set<Reader>();
  readonly #listeners: TopicListener[] = [];
  /** With events, or figures, that their readers have not been told to look for. */
  readonly #eventful = new Set<Channel>();
  readonly #changed = new Set<Channel>();
  /** Readers with something to send, in whose turn they are. */
  readonly #ready = new Set<Reader>();
  #pumping = false;
  #pacing: Cancel | undefined;

  constructor(options: StreamHubOptions) {
    this.#options = options;
  }

  get readers(): ReadonlySet<Reader> {
    return this.#readers;
  }

  /** Events in all rings, for whoever comes back. */
  get kept(): number {
    let kept = 0;
    for (const { ring } of this.#channels.values()) kept += ring.size;
    return kept;
  }

  onHeard(listener: TopicListener): void {
    this.#listeners.push(listener);
  }

  /** An event: kept in its topic's ring, whether anybody hears it or not. */
  publish(topic: string, owner: Owner, data: unknown): void {
    const channel = this.#channel(topic);
    channel.push(owner, data);
    if (channel.subscriptions.size === 0) return;
    this.#eventful.add(channel);
    this.#pump();
  }

  /** Something of which only the newest counts has changed; `read` says what it is, when somebody is told. */
  changed(topic: string, key: string, owner: Owner, read: () => unknown, most?: number): void {
    const channel = this.#channel(topic);
    const figure = channel.figure(key, owner, read, most);
    figure.changed(read);
    if (channel.subscriptions.size === 0) return;
    channel.changed.add(figure);
    this.#changed.add(channel);
    this.#pace();
  }

  join(reader: Reader): void {
    this.#readers.add(reader);
  }

  leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#ready.delete(reader);
    if (reader.cutFor === 'slow') this.counts.slow += 1;
    for (const name of [...reader.subscriptions.keys()]) this.unsubscribe(reader, name);
  }

  /** From now on, or from a cursor on. */
  subscribe(reader: Reader, name: string, from?: string): Subscribed {
    const topic = readTopic(name, this.#options.market);
    if (topic === undefined) return { kind: 'refused', reason: 'there is no such topic' };
    if (!mayHear(reader.principal, topic, this.#options.market)) return { kind: 'refused', reason: 'you may not hear this' };
    if (!reader.subscriptions.has(name) && reader.subscriptions.size >= LIMITS.streams.subscriptions)
      return { kind: 'refused', reason: `${LIMITS.streams.subscriptions} topics are heard already` };
    this.unsubscribe(reader, name);
    const channel = this.#channel(name);
    const asked = from === undefined ? undefined : channel.numberOf(from);
    const held = asked !== undefined && channel.ring.holds(asked, reader.principal.reach);
    const place = held ? asked : channel.ring.newest;
    this.#add(channel, new Subscription(channel, reader, place));
    if (from !== undefined) this.counts[held ? 'resumed' : 'gaps'] += 1;
    return { kind: 'subscribed', cursor: channel.cursor(place), gap: from !== undefined && !held };
  }

  unsubscribe(reader: Reader, name: string): void {
    const subscription = reader.subscriptions.get(name);
    if (subscription === undefined) return;
    reader.subscriptions.delete(name);
    const { channel } = subscription;
    channel.subscriptions.delete(subscription);
    if (channel.subscriptions.size === 0) this.#tell(channel.topic, false);
  }

  /** Its socket has room again, or something was found that waits for it. */
  wake(reader: Reader): void {
    if (!this.#readers.has(reader)) return;
    this.#ready.add(reader);
    this.#pump();
  }

  /** Who asks is looked at anew: undefined where the session is over. */
  review(reader: Reader, principal: Principal | undefined): void {
    if (principal === undefined) return reader.cut('over');
    const { role, reach } = reader.principal;
    const same = principal.role === role && sameReach(principal.reach, reach);
    // Of another tenant's events some may be in its socket, but none is written after this.
    if (!same) return reader.cut('other-rights');
    reader.principal = principal;
    for (const [name, { channel }] of [...reader.subscriptions])
      if (!mayHear(principal, channel.topic, this.#options.market)) {
        this.unsubscribe(reader, name);
        reader.say({ topic: name, refused: 'you may not hear this any more' });
      }
  }

  close(): void {
    this.#pacing?.();
    this.#pacing = undefined;
    for (const reader of [...this.#readers]) reader.cut('ending');
  }

  #channel(name: string): Channel {
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    const topic = readTopic(name, this.#options.market);
    if (topic === undefined) throw new Error(`there is no topic ${name}`);
    const channel = new Channel(topic, this.#options.start, KEPT[topic.kind]);
    this.#channels.set(name, channel);
    return channel;
  }

  #add(channel: Channel, subscription: Subscription): void {
    const { reader } = subscription;
    // First, so that what is told of now is among the figures that it begins with.
    if (channel.subscriptions.size === 0) this.#tell(channel.topic, true);
    channel.subscriptions.add(subscription);
    reader.subscriptions.set(channel.topic.name, subscription);
    subscription.begin();
    this.wake(reader);
  }

  #tell(topic: Topic, heard: boolean): void {
    for (const listener of this.#listeners) listener(topic, heard);
  }

  #pace(): void {
    this.#pacing ??= this.#options.timers.after(LIMITS.streams.paceMs, () => {
      this.#pacing = undefined;
      this.#handOut();
    });
  }

  /** Figures that have changed, to the subscriptions that are still to be sent them. */
  #handOut(): void {
    for (const channel of this.#changed) {
      for (const subscription of channel.subscriptions) {
        for (const figure of channel.changed) subscription.changed(figure);
        if (!subscription.reader.full) this.#ready.add(subscription.reader);
      }
      channel.changed.clear();
    }
    this.#changed.clear();
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    endOfTurn(() => {
      this.#pumping = false;
      this.#slice();
    });
  }

  #slice(): void {
    for (const { subscriptions } of this.#eventful)
      for (const { reader } of subscriptions) if (!reader.full) this.#ready.add(reader);
    this.#eventful.clear();
    let left = LIMITS.streams.turn;
    for (const reader of this.#ready) {
      if (left <= 0) break;
      this.#ready.delete(reader);
      const sent = reader.drain(Math.min(left, LIMITS.streams.readerTurn));
      this.counts.sent += sent;
      // Whoever is looked at costs something too.
      left -= sent + 1;
      if (reader.waits && !reader.full && reader.cutFor === undefined) this.#ready.add(reader);
    }
    if (this.#ready.size > 0) this.#pump();
  }
}

function sameReach(a: Principal['reach'], b: Principal['reach']): boolean {
  if (a.kind !== b.kind || b.kind === 'all') return a.kind === b.kind;
  return reaches(a, b.tenantId, b.kind === 'account' ? b.accountId : undefined);
}
