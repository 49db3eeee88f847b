/** The embedded twin: a broker in process, to which each part of the node has a bus of its own. */
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Activity } from '../../runtime/activity.js';
import { assert } from '../../runtime/assert.js';
import type { Clock } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import type {
  Bus,
  BusMessage,
  ConsumeOptions,
  Consumption,
  Handle,
  Kept,
  KeptMessage,
  Pattern,
  Subject,
  Subscription,
} from './bus.js';
import { HandOver } from './hand-over.js';
import { Inbox } from './inbox.js';
import { type Link, linkUp, STANDING_LINK, Way } from './link.js';
import { MemoryRegistry, RegistryEntries } from './memory-registry.js';
import { MemoryStream } from './memory-stream.js';
import { payloadBytes } from './payload.js';
import type { Registry } from './registry.js';
import { type StreamName, STREAMS, type StreamSpec } from './streams.js';
import { matches } from './subjects.js';

export interface MemoryBrokerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly activity?: Activity;
  readonly streams?: Readonly<Record<StreamName, StreamSpec>>;
  readonly dedupMs?: number;
}

interface Listener {
  readonly pattern: string;
  /** Of the pattern, up to where it may be anything: what does not begin so is passed over at once. */
  readonly begins: string;
  offer(subject: string, bytes: Uint8Array): void;
}

function hears({ pattern, begins }: Listener, subject: string): boolean {
  return subject.startsWith(begins) && matches(pattern, subject);
}

export class MemoryBroker {
  readonly streams: ReadonlyMap<StreamName, MemoryStream>;
  readonly listeners = new Set<Listener>();
  readonly entries = new RegistryEntries();
  /** Who holds a consumer's name. */
  readonly holders = new Map<string, MemoryConsumption<never>>();

  constructor(readonly options: MemoryBrokerOptions) {
    const { clock, streams = STREAMS, dedupMs = LIMITS.bus.dedupMs } = options;
    const named = (Object.entries(streams) as [StreamName, StreamSpec][]).map(
      ([name, spec]) => [name, new MemoryStream(name, spec, dedupMs, clock)] as const,
    );
    this.streams = new Map(named);
  }

  connect(link: Link = STANDING_LINK): Bus {
    return new MemoryBus(this, link);
  }

  stream(name: StreamName | undefined): MemoryStream {
    const stream = name && this.streams.get(name);
    assert(stream !== undefined, 'only what a stream keeps can be kept or consumed');
    return stream;
  }

  /** As if its server had lost its disk, and nobody is connected to it meanwhile. */
  wipe(): void {
    this.entries.wipe();
    for (const stream of this.streams.values()) stream.wipe();
  }

  isHeard(subject: string): boolean {
    for (const listener of this.listeners) if (hears(listener, subject)) return true;
    return false;
  }

  tell(subject: string, bytes: Uint8Array): void {
    for (const listener of this.listeners) if (hears(listener, subject)) listener.offer(subject, bytes);
  }
}

class MemoryBus implements Bus {
  readonly registry: Registry;
  readonly #broker: MemoryBroker;
  readonly #link: Link;
  readonly #out: Way;
  readonly #subscriptions = new Set<Subscription>();
  readonly #consumptions = new Set<Consumption>();
  #closed = false;

  constructor(broker: MemoryBroker, link: Link) {
    this.#broker = broker;
    this.#link = link;
    this.#out = new Way(link);
    this.registry = new MemoryRegistry(broker.entries, link, broker.options.activity);
  }

  get fault(): string | undefined {
    if (!this.#link.up) return 'the bus is down: it is cut off';
    return [...this.#consumptions].find(({ fault }) => fault !== undefined)?.fault;
  }

  publish<V>({ text }: Subject<V>, payload: V): boolean {
    if (this.#closed || !this.#link.up) return false;
    // Nobody listens to most of what a node on its own publishes: then it is not packed either.
    if (!this.#broker.isHeard(text) || this.#link.loses?.() === true) return true;
    const bytes = payloadBytes(text, payload);
    this.#out.send(() => this.#broker.tell(text, bytes));
    return true;
  }

  async keep<V>({ text, stream }: Subject<V>, payload: V, id: string): Promise<Kept> {
    const bytes = payloadBytes(text, payload);
    for (;;) {
      if (!this.#link.up) await linkUp(this.#link);
      if (this.#closed) throw new SuhoError('UNREACHABLE', `The bus is closed: ${text} is not kept.`);
      const passed = this.#out.pass();
      if (passed !== undefined) await passed;
      if (!this.#link.up) continue;
      const kept = this.#broker.stream(stream).keep(text, id, bytes);
      this.#broker.tell(text, bytes);
      const answered = this.#link.lag?.();
      if (answered === undefined) return kept;
      await answered;
      // What was not answered is sent again, and known by its id.
      if (this.#link.up) return kept;
    }
  }

  subscribe<V>(pattern: Pattern<V>, handle: Handle<BusMessage<V>>): Subscription {
    const { listeners, options } = this.#broker;
    const inbox = new Inbox(handle, {
      bound: LIMITS.bus.pending,
      ...(options.activity ? { activity: options.activity } : {}),
      onClose: () => {
        listeners.delete(listener);
        this.#subscriptions.delete(inbox);
      },
    });
    // Each subscription has a queue of its own: what comes over one may overtake what comes over another.
    const way = new Way(this.#link);
    const offer = (subject: string, bytes: Uint8Array): void => {
      if (this.#link.up) way.send(() => inbox.offer(subject, bytes));
    };
    const listener: Listener = { pattern: pattern.text, begins: pattern.text.split(/[*>]/, 1)[0] ?? '', offer };
    listeners.add(listener);
    this.#subscriptions.add(inbox);
    return inbox;
  }

  consume<V>(pattern: Pattern<V>, options: ConsumeOptions, handle: Handle<KeptMessage<V>>): Consumption {
    const consumption = new MemoryConsumption(this.#broker, this.#link, pattern, options, handle);
    this.#consumptions.add(consumption);
    void consumption.ended.then(() => this.#consumptions.delete(consumption));
    return consumption;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const subscription of [...this.#subscriptions]) subscription.close();
    await Promise.all([...this.#consumptions].map((consumption) => consumption.close()));
  }
}

class MemoryConsumption<V> implements Consumption {
  readonly ended: Promise<void>;
  readonly #end = new AbortController();
  readonly #stream: MemoryStream;
  readonly #held: HandOver<V>;
  #place: number;
  #wipes: number;
  /** Nothing that it wants stands up to here: else each message of others would be looked at again for each new one. */
  #seen = 0;
  #position = 0;
  #takenOver: string | undefined;

  constructor(
    private readonly broker: MemoryBroker,
    private readonly link: Link,
    private readonly pattern: Pattern<V>,
    private readonly options: ConsumeOptions,
    handle: Handle<KeptMessage<V>>,
  ) {
    const { clock, random, activity } = broker.options;
    this.#stream = broker.stream(pattern.stream);
    this.#held = new HandOver(handle, { timers: clock, random, ...(activity ? { activity } : {}) }, this.#end.signal);
    const name = `${this.#stream.name}/${options.durable}`;
    broker.holders.get(name)?.giveWay();
    broker.holders.set(name, this as unknown as MemoryConsumption<never>);
    this.#place = Math.max(0, this.#stream.placeOf(options.durable, options.from ?? 'oldest') - (options.again ?? 0));
    this.#wipes = this.#stream.wipes;
    this.ended = this.#run();
  }

  get position(): number {
    return this.#position;
  }

  get fault(): string | undefined {
    return this.#takenOver ?? this.#held.fault;
  }

  get damaged(): number {
    return this.#held.damaged;
  }

  giveWay(): void {
    this.#takenOver = `another consumer goes on as ${this.options.durable}`;
    this.#end.abort();
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    await undefined;
    while (!signal.aborted) {
      if (!this.link.up) await linkUp(this.link, signal);
      if (this.#wipes !== this.#stream.wipes) this.#beginAgain();
      const next = this.#stream.after(Math.max(this.#place, this.#seen), this.pattern.text);
      if (next === undefined) {
        this.#seen = this.#stream.last;
        await this.#stream.grown(signal);
        continue;
      }
      const passed = this.link.lag?.();
      if (passed !== undefined) {
        await passed;
        if (!this.link.up || signal.aborted || this.#wipes !== this.#stream.wipes) continue;
      }
      // Taken after it gave way: the place is its successor's.
      if ((await this.#held.take(next)) && this.#takenOver === undefined && this.#wipes === this.#stream.wipes) {
        this.#place = next.sequence;
        this.#position = next.sequence;
        if (this.link.forgets?.() !== true) this.#stream.places.set(this.options.durable, next.sequence);
      }
    }
    const name = `${this.#stream.name}/${this.options.durable}`;
    if (this.broker.holders.get(name) === (this as unknown)) this.broker.holders.delete(name);
  }

  /** A stream that was wiped counts from one again, and so must we. */
  #beginAgain(): void {
    this.#wipes = this.#stream.wipes;
    this.#seen = 0;
    this.#place = this.#stream.placeOf(this.options.durable, this.options.from ?? 'oldest');
  }
}
