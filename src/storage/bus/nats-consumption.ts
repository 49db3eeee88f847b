/**
 * A durable consumer of a JetStream stream whose messages are taken strictly in order.
 *
 * JetStream hands out what is newer while what was lost on the way waits for its time to be sent again: after a fallen connection, or
 * under a new holder, messages would come out of order. So on each connection the consumer is made anew, beginning after the newest
 * message that was taken, and the one before is deleted. Its place is thus never only in this process: it is the acknowledgement floor
 * of the newest consumer of the name. Names are counted up (`NAME_g7_…`), so that a node that dies between making and deleting leaves
 * two, of which the higher counts; and so that of two holders the later one wins, and the earlier one sees that it has lost.
 */
import {
  AckPolicy,
  type ConsumerInfo,
  type ConsumerMessages,
  DeliverPolicy,
  type JetStreamManager,
  type JsMsg,
  type MsgHdrs,
  type NatsConnection,
  nanos,
  ReplayPolicy,
  type StreamState,
} from 'nats';
import { sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { encodePart } from '../name-part.js';
import type { ConsumeOptions, Consumption, Handle, KeptMessage } from './bus.js';
import { backoffMs, HandOver, pause, type Seams } from './hand-over.js';

export interface NatsConsumptionOptions<V> extends ConsumeOptions, Seams {
  readonly stream: string;
  readonly filter: string;
  /** Unused for so long, its place is forgotten by the server. */
  readonly forgottenMs: number;
  readonly handle: Handle<KeptMessage<V>>;
  readonly onEnd: () => void;
}

/** How long the server holds one request for messages open. */
const PULL_MS = 5_000;
/** Not sent again before: what is under way waits in this process, in order. */
const ACK_WAIT_MS = 60_000;
const SETTLE_LOOKS = 20;
const SETTLE_MS = 10;
const API_MS = LIMITS.bus.answerMs;

interface Generation {
  readonly name: string;
  readonly number: number;
  /** Everything up to this number was taken. */
  readonly place: number;
}

/** Above zero where `a` was made after `b`; one of the same number by chance of its name. */
function later(a: Pick<Generation, 'name' | 'number'>, b: Pick<Generation, 'name' | 'number'>): number {
  return a.number - b.number || (a.name === b.name ? 0 : a.name < b.name ? -1 : 1);
}

/** Before the first acknowledgement the floor is 0, wherever the consumer began. */
function placeOf({ ack_floor, config }: ConsumerInfo): number {
  return Math.max(ack_floor.stream_seq, (config.opt_start_seq ?? 1) - 1);
}

function idOf(headers: MsgHdrs | undefined, sequence: number): string {
  return headers?.get('Nats-Msg-Id') || `${sequence}`;
}

export class NatsConsumption<V> implements Consumption {
  readonly #options: NatsConsumptionOptions<V>;
  readonly #end = new AbortController();
  readonly #held: HandOver<V>;
  readonly #prefix: string;
  #connection: NatsConnection | undefined;
  #messages: ConsumerMessages | undefined;
  #running: Promise<void> = Promise.resolve();
  #own: Pick<Generation, 'name' | 'number'> | undefined;
  #position = 0;
  /** Id of the message at that position. */
  #taken = '';
  #trouble: string | undefined;
  #takenOver = false;

  constructor(options: NatsConsumptionOptions<V>) {
    this.#options = options;
    this.#held = new HandOver(options.handle, options, this.#end.signal);
    // The server writes its acknowledgement subjects with the name in a format string: a % there would be read as a verb.
    this.#prefix = `${encodePart(options.durable).replaceAll('%', '=')}_g`;
  }

  get position(): number {
    return this.#position;
  }

  get fault(): string | undefined {
    if (this.#takenOver) return `another consumer goes on as ${this.#options.durable}`;
    return this.#trouble ?? this.#held.fault;
  }

  get damaged(): number {
    return this.#held.damaged;
  }

  /** Goes on over this connection, once the message under way on the one before is done with. */
  serve(connection: NatsConnection): void {
    this.#connection = connection;
    void connection.closed().then(() => this.#stopPulling(connection));
    this.#running = this.#running.then(() => this.#serve(connection));
  }

  async close(): Promise<void> {
    this.#end.abort();
    const connection = this.#connection;
    if (connection !== undefined) this.#stopPulling(connection);
    await this.#running;
    if (connection !== undefined) await this.#settle(connection).catch(() => {});
    this.#options.onEnd();
  }

  /** What was acknowledged last is on its way; before the server has counted it, the next holder would take it again. */
  async #settle(connection: NatsConnection): Promise<void> {
    if (this.#own === undefined || this.#takenOver || connection.isClosed()) return;
    const manager = await connection.jetstreamManager({ timeout: API_MS, checkAPI: false });
    const { timers } = this.#options;
    for (let look = 0; look < SETTLE_LOOKS; look++) {
      const info = await manager.consumers.info(this.#options.stream, this.#own.name);
      if (placeOf(info) >= this.#position) return;
      await pause(SETTLE_MS, timers, new AbortController().signal);
    }
  }

  #stopPulling(connection: NatsConnection): void {
    if (this.#connection === connection) void this.#messages?.close();
  }

  async #serve(connection: NatsConnection): Promise<void> {
    const { timers, random } = this.#options;
    for (let attempt = 1; this.#goesOn(connection); attempt++) {
      try {
        const manager = await connection.jetstreamManager({ timeout: API_MS, checkAPI: false });
        const name = await this.#takePlace(manager);
        if (name === undefined) return this.#giveWay();
        this.#trouble = undefined;
        attempt = 0;
        await this.#takeAll(connection, name);
      } catch (error) {
        this.#trouble = `the consumer ${this.#options.durable} does not get its messages: ${sentence(error)}`;
      }
      if (this.#goesOn(connection)) await pause(backoffMs(attempt + 1, random), timers, this.#end.signal);
    }
  }

  #goesOn(connection: NatsConnection): boolean {
    return !this.#end.signal.aborted && this.#connection === connection && !connection.isClosed();
  }

  #giveWay(): void {
    this.#takenOver = true;
    this.#end.abort();
    this.#options.onEnd();
  }

  /** Makes the next consumer of the name; undefined where another holder has made a later one. */
  async #takePlace(manager: JetStreamManager): Promise<string | undefined> {
    const { stream } = this.#options;
    const { state } = await manager.streams.info(stream);
    const before = await this.#generations(manager);
    const newest = before.at(-1);
    // A stream that was wiped counts from one again, and so must we.
    if (!(await this.#stands(manager, state, newest !== undefined))) this.#position = 0;
    // One before ours may be there alone, where the server was put back from a copy.
    if (this.#own !== undefined && newest !== undefined && later(newest, this.#own) > 0) return undefined;
    const number = Math.max(newest?.number ?? 0, this.#own?.number ?? 0) + 1;
    const name = `${this.#prefix}${number}_${this.#options.random.words()[0].toString(36)}`;
    await this.#make(manager, name, this.#firstFor(newest, state.last_seq));
    this.#own = { name, number };
    const after = await this.#generations(manager);
    const mine = after.findIndex((each) => each.name === name);
    for (const { name: older } of after.slice(0, mine)) await this.#delete(manager, older);
    if (mine === after.length - 1) return name;
    await this.#delete(manager, name);
    return undefined;
  }

  /**
   * Whether what stands at our place is what was taken there. When the stream was made does not tell: a server that restarts after
   * the stream's settings were written gives another time.
   */
  async #stands(manager: JetStreamManager, { first_seq, last_seq }: StreamState, known: boolean): Promise<boolean> {
    const seq = this.#position;
    if (seq === 0 || seq > last_seq) return seq === 0;
    // Older than the stream keeps anything.
    if (seq < first_seq) return known;
    const found = await manager.streams.getMessage(this.#options.stream, { seq });
    return idOf(found.header, seq) === this.#taken;
  }

  /** Number of the first message that it is to get. */
  #firstFor(newest: Generation | undefined, last: number): number {
    const { from = 'oldest', again = 0 } = this.#options;
    if (this.#position > 0) return Math.max(this.#position, newest?.place ?? 0) + 1;
    if (newest !== undefined) return Math.max(1, newest.place + 1 - (this.#own === undefined ? again : 0));
    if (from === 'new') return last + 1;
    return from === 'oldest' ? 1 : Math.max(1, from);
  }

  async #make(manager: JetStreamManager, name: string, first: number): Promise<void> {
    const { stream, filter, forgottenMs } = this.#options;
    await manager.consumers.add(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: first,
      durable_name: name,
      ...(filter === '>' ? {} : { filter_subject: filter }),
      ack_policy: AckPolicy.Explicit,
      ack_wait: nanos(ACK_WAIT_MS),
      max_ack_pending: LIMITS.bus.batch,
      replay_policy: ReplayPolicy.Instant,
      inactive_threshold: nanos(forgottenMs),
    });
  }

  async #delete(manager: JetStreamManager, name: string): Promise<void> {
    // Another holder may have been quicker.
    await manager.consumers.delete(this.#options.stream, name).catch(() => false);
  }

  /** Consumers of the name, the newest last. */
  async #generations(manager: JetStreamManager): Promise<readonly Generation[]> {
    const found: Generation[] = [];
    for await (const info of manager.consumers.list(this.#options.stream)) {
      const number = this.#numberOf(info);
      if (number !== undefined) found.push({ name: info.name, number, place: placeOf(info) });
    }
    return found.sort(later);
  }

  #numberOf({ name }: ConsumerInfo): number | undefined {
    if (!name.startsWith(this.#prefix)) return undefined;
    const counted = /^(\d+)_[0-9a-z]+$/.exec(name.slice(this.#prefix.length));
    return counted === null ? undefined : Number(counted[1]);
  }

  async #takeAll(connection: NatsConnection, name: string): Promise<void> {
    const consumer = await connection.jetstream({ timeout: API_MS }).consumers.get(this.#options.stream, name);
    let received = 0;
    while (this.#goesOn(connection)) {
      const messages = await consumer.fetch({ max_messages: LIMITS.bus.batch, expires: PULL_MS });
      this.#messages = messages;
      if (!this.#goesOn(connection)) return void messages.close();
      for await (const message of messages) {
        // Sent again while it waited here.
        if (message.seq <= received) continue;
        received = message.seq;
        if (!(await this.#take(message))) return void messages.close();
      }
    }
  }

  async #take(message: JsMsg): Promise<boolean> {
    const { subject, seq: sequence, data: bytes, headers } = message;
    if (this.#end.signal.aborted) return false;
    const id = idOf(headers, sequence);
    if (!(await this.#held.take({ subject, id, sequence, bytes }))) return false;
    this.#position = sequence;
    this.#taken = id;
    message.ack();
    return true;
  }
}
