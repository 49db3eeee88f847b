/**
 * The bus on NATS with JetStream.
 *
 * The driver's own way of connecting again is off: it would send what it had buffered before what was lost, and so out of order.
 * A connection that falls is thrown away whole. On the next one the streams are made or brought up to date, subscribers listen
 * again, the outbox sends again from its first unanswered message, and consumers take up their places.
 */
import {
  type ConnectionOptions,
  connect,
  DiscardPolicy,
  type JetStreamClient,
  type JetStreamManager,
  NatsError,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type Subscription as NatsSubscription,
} from 'nats';
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { assert } from '../../runtime/assert.js';
import type { Timers } from '../../runtime/clock.js';
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
import { backoffMs, pause } from './hand-over.js';
import { Inbox } from './inbox.js';
import { NatsConsumption } from './nats-consumption.js';
import { NatsRegistry } from './nats-registry.js';
import { Outbox, type OutMessage, Refused } from './outbox.js';
import { payloadBytes } from './payload.js';
import { type StreamName, STREAMS, type StreamSpec } from './streams.js';
import { patternsOf } from './subjects.js';

export interface NatsBusOptions {
  /** nats://[user:password@]host:port or tls://…; several servers of one cluster with commas. */
  readonly url: string;
  readonly timers: Pick<Timers, 'after'>;
  readonly random: Random;
  /** Copies of each stream in the cluster. */
  readonly replicas?: number;
  readonly streams?: Readonly<Record<StreamName, StreamSpec>>;
  readonly dedupMs?: number;
  /** An answer of the registry is waited for so long. */
  readonly registryMs?: number;
}

/** As the server knows it. */
export function natsStream(name: StreamName): string {
  return `SUHO_${name}`;
}

interface Listener {
  readonly pattern: string;
  readonly inbox: Inbox<never>;
  /** On the present connection. */
  live: NatsSubscription | undefined;
}

/** Bytes published between two looks whether they have left. */
const FLUSH_BYTES = 262_144;
const PING_MS = 5_000;
/** The stream is at its bound, or its disk is full. */
const STORE_FAILED = 10_077;

export class NatsBus implements Bus {
  readonly #options: NatsBusOptions;
  readonly #outbox = new Outbox();
  readonly #listeners = new Set<Listener>();
  readonly #consumptions = new Set<NatsConsumption<never>>();
  readonly #end = new AbortController();
  readonly registry: NatsRegistry;
  #connection: NatsConnection | undefined;
  #down: string | undefined = 'it was not reached yet';
  #trouble: string | undefined;
  #unflushed = 0;
  #flushing = false;
  #closing = false;
  #running: Promise<void> = Promise.resolve();

  private constructor(options: NatsBusOptions) {
    this.#options = options;
    const { timers, random, replicas = 1 } = options;
    const answerMs = options.registryMs ?? LIMITS.cluster.answerMs;
    this.registry = new NatsRegistry({ timers, random: random.fork('registry'), replicas, answerMs });
  }

  /** Tries the servers once; where none is there the bus begins down, and looks for them from then on. */
  static async open(options: NatsBusOptions): Promise<NatsBus> {
    const bus = new NatsBus(options);
    const first = bus.#serve().catch((error: unknown) => bus.#fell(error));
    const up = await first;
    bus.#running = bus.#run(up);
    return bus;
  }

  /** Whether the servers answer and keep streams; nothing is made of them. Throws why not. */
  static async probe(url: string): Promise<void> {
    const connection = await connect({ ...serversOf(url), name: 'suho', reconnect: false, timeout: LIMITS.bus.answerMs });
    try {
      await connection.jetstreamManager({ timeout: LIMITS.bus.answerMs });
    } finally {
      await connection.close();
    }
  }

  get fault(): string | undefined {
    if (this.#down !== undefined) return `the bus at ${hostsOf(this.#options.url)} is down: ${this.#down}`;
    return this.#trouble ?? [...this.#consumptions].find(({ fault }) => fault !== undefined)?.fault;
  }

  /** Messages to be kept that wait for the server. */
  get waiting(): number {
    return this.#outbox.size;
  }

  publish<V>({ text }: Subject<V>, payload: V): boolean {
    const bytes = payloadBytes(text, payload);
    const connection = this.#connection;
    if (connection === undefined || this.#closing || this.#unflushed >= LIMITS.bus.unflushed) return false;
    connection.publish(text, bytes);
    this.#unflushed += bytes.length;
    if (this.#unflushed >= FLUSH_BYTES && !this.#flushing) void this.#flush(connection);
    return true;
  }

  keep<V>({ text, stream }: Subject<V>, payload: V, id: string): Promise<Kept> {
    assert(stream !== undefined, 'only what a stream keeps can be kept');
    if (this.#closing) return Promise.reject(new SuhoError('UNREACHABLE', `The bus is closed: ${text} is not kept.`));
    return this.#outbox.add({ subject: text, stream, id, bytes: payloadBytes(text, payload) });
  }

  subscribe<V>(pattern: Pattern<V>, handle: Handle<BusMessage<V>>): Subscription {
    const onClose = (): void => {
      this.#listeners.delete(listener);
      listener.live?.unsubscribe();
    };
    const inbox = new Inbox(handle, { bound: LIMITS.bus.pending, onClose });
    const listener: Listener = { pattern: pattern.text, inbox: inbox as unknown as Inbox<never>, live: undefined };
    this.#listeners.add(listener);
    if (this.#connection !== undefined) this.#listen(this.#connection, listener);
    return inbox;
  }

  consume<V>(pattern: Pattern<V>, options: ConsumeOptions, handle: Handle<KeptMessage<V>>): Consumption {
    assert(pattern.stream !== undefined, 'only what a stream keeps can be consumed');
    const { timers, random, streams = STREAMS } = this.#options;
    const consumption = new NatsConsumption<V>({
      ...options,
      stream: natsStream(pattern.stream),
      filter: pattern.text,
      // A place that nobody has held for longer than the stream keeps anything is worth nothing.
      forgottenMs: streams[pattern.stream].maxAgeMs + 60_000,
      handle,
      timers,
      random,
      onEnd: () => this.#consumptions.delete(consumption as unknown as NatsConsumption<never>),
    });
    this.#consumptions.add(consumption as unknown as NatsConsumption<never>);
    if (this.#connection !== undefined) consumption.serve(this.#connection);
    return consumption;
  }

  /** What is under way leaves first, within `answerMs`; where the server is away it is not waited for. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const { inbox } of [...this.#listeners]) inbox.close();
    await Promise.all([...this.#consumptions].map((consumption) => consumption.close()));
    if (this.#connection !== undefined) await this.#drained(this.#connection);
    this.#end.abort();
    await this.registry.close();
    this.#outbox.end();
    await this.#connection?.close();
    await this.#running;
  }

  async #drained(connection: NatsConnection): Promise<void> {
    const enough = new AbortController();
    const gone = connection.closed().then(() => {});
    const left = this.#outbox.empty().then(() => connection.flush());
    await Promise.race([left, gone, pause(LIMITS.bus.answerMs, this.#options.timers, enough.signal)]).catch(() => {});
    enough.abort();
  }

  /** From one connection to the next, until the end. */
  async #run(up: NatsConnection | undefined): Promise<void> {
    const { signal } = this.#end;
    const { timers, random } = this.#options;
    let connection = up;
    for (let attempt = 1; !signal.aborted; attempt++) {
      if (connection !== undefined) {
        attempt = 1;
        this.#fell((await connection.closed()) ?? this.#down ?? 'the connection was closed');
      }
      await pause(backoffMs(attempt, random), timers, signal);
      if (signal.aborted) return;
      connection = await this.#serve().catch((error: unknown) => this.#fell(error));
    }
    await connection?.close();
  }

  #fell(why: unknown): undefined {
    this.#down = sentence(why);
    this.#connection = undefined;
    this.#outbox.shut();
    return undefined;
  }

  /** Connects, and puts everything to work on the connection. */
  async #serve(): Promise<NatsConnection> {
    const connection = await connect({
      ...serversOf(this.#options.url),
      name: 'suho',
      reconnect: false,
      noAsyncTraces: true,
      timeout: LIMITS.bus.answerMs,
      pingInterval: PING_MS,
      maxPingOut: 2,
    });
    try {
      const manager = await connection.jetstreamManager({ timeout: LIMITS.bus.answerMs });
      for (const name of Object.keys(STREAMS) as StreamName[]) await this.#makeStream(manager, name);
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#connection = connection;
    this.#down = undefined;
    this.#trouble = undefined;
    this.#unflushed = 0;
    const client = connection.jetstream({ timeout: LIMITS.bus.answerMs });
    for (const listener of this.#listeners) this.#listen(connection, listener);
    this.#outbox.open(
      (message) => sent(client, message),
      (why) => {
        if (this.#connection !== connection) return;
        this.#fell(why);
        void connection.close();
      },
    );
    for (const consumption of this.#consumptions) consumption.serve(connection);
    this.registry.serve(connection);
    return connection;
  }

  async #makeStream(manager: JetStreamManager, name: StreamName): Promise<void> {
    const { streams = STREAMS, dedupMs = LIMITS.bus.dedupMs, replicas = 1 } = this.#options;
    const { maxAgeMs, maxBytes, atBound, holds } = streams[name];
    const wanted: Partial<StreamConfig> & { readonly name: string } = {
      name: natsStream(name),
      description: holds,
      subjects: [...patternsOf(name)],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      num_replicas: replicas,
      max_age: nanos(maxAgeMs),
      max_bytes: maxBytes,
      discard: atBound === 'refused' ? DiscardPolicy.New : DiscardPolicy.Old,
      duplicate_window: nanos(Math.min(dedupMs, maxAgeMs)),
    };
    const present = await manager.streams.info(wanted.name).catch((error: unknown) => {
      if (error instanceof NatsError && error.api_error?.code === 404) return undefined;
      throw error;
    });
    await (present === undefined ? manager.streams.add(wanted) : manager.streams.update(wanted.name, wanted));
  }

  #listen(connection: NatsConnection, listener: Listener): void {
    const { pattern, inbox } = listener;
    listener.live = connection.subscribe(pattern, {
      callback: (error, { subject, data }) => {
        if (error !== null) this.#trouble = `the bus does not let ${pattern} be heard: ${sentence(error)}`;
        else inbox.offer(subject, data);
      },
    });
  }

  /** A server that takes nothing more must not fill this node's memory. */
  async #flush(connection: NatsConnection): Promise<void> {
    this.#flushing = true;
    const leaving = this.#unflushed;
    await connection.flush().catch(() => {});
    this.#unflushed = Math.max(0, this.#unflushed - leaving);
    this.#flushing = false;
  }
}

async function sent(client: JetStreamClient, { subject, stream, id, bytes }: OutMessage): Promise<Kept> {
  try {
    const { seq, duplicate } = await client.publish(subject, bytes, { msgID: id, expect: { streamName: natsStream(stream) } });
    return { sequence: seq, duplicate };
  } catch (error) {
    // Any other 503 says that JetStream is not there yet: no answer.
    const answer = error instanceof NatsError ? error.api_error : undefined;
    if (answer !== undefined && (answer.code !== 503 || answer.err_code === STORE_FAILED)) throw new Refused(answer.description);
    throw error;
  }
}

function serversOf(url: string): Pick<ConnectionOptions, 'servers' | 'user' | 'pass' | 'token' | 'tls'> {
  const urls = url.split(',').map((one) => new URL(one.trim()));
  const [first] = urls;
  assert(first !== undefined, 'a bus has a server');
  const [name, password] = [decodeURIComponent(first.username), decodeURIComponent(first.password)];
  return {
    servers: urls.map(({ host }) => host),
    ...(password === '' ? (name === '' ? {} : { token: name }) : { user: name, pass: password }),
    ...(first.protocol === 'tls:' ? { tls: {} } : {}),
  };
}

/** Without what is secret in it. */
function hostsOf(url: string): string {
  return url
    .split(',')
    .map((one) => new URL(one.trim()).host)
    .join(', ');
}
