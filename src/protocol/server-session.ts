/**
 * The server's half of a suho-2 session, from WELCOME to the end. Sans-I/O: it numbers, acks, beats and judges; bytes leave
 * by the port it was given, and the account's actor owns it. What comes is judged here before anyone reads it: a gap in the
 * numbers or an ack of what was never sent ends the session, for both sides would disagree from there on about what is kept.
 */
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';
import type { EaSession, SessionPort, Unfit } from './ea-session.js';
import { encodeFrame } from './frame-writer.js';
import {
  FLAG_POSSIBLE_DUPLICATE,
  type Frame2,
  type GoodbyeReason,
  type HeartbeatMessage,
  KINDS_2,
  type Message2,
  type RefusedCode,
  VERSION_2,
} from './messages.js';
import { IncomingSequence, OutgoingSequence } from './sequences.js';

export interface ServerSessionOptions {
  readonly id: string;
  readonly accountId: string;
  readonly instance: string;
  readonly epoch: number;
  readonly heartbeatMs: number;
  readonly clock: Clock;
  readonly port: SessionPort;
}

export class ServerSession implements EaSession {
  readonly id: string;
  readonly instance: string;
  readonly epoch: number;
  readonly startedMs: number;
  readonly repeats = true;
  readonly tellsTrades = true;
  readonly #options: ServerSessionOptions;
  readonly #incoming = new IncomingSequence();
  readonly #outgoing = new OutgoingSequence<string>();
  #open = true;
  /** Of the clock's steady time: who sets the machine's clock silences nobody. */
  #heardMs: number;
  #peerTimeUs = 0;
  #peerHeardMs = 0;
  #synchronisedSinceMs: number | undefined;

  constructor(options: ServerSessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.instance = options.instance;
    this.epoch = options.epoch;
    this.startedMs = options.clock.nowMs();
    this.#heardMs = options.clock.steadyMs();
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get remoteAddress(): string {
    return this.#options.port.remoteAddress;
  }

  get pending(): number {
    return this.#incoming.pending;
  }

  get unacked(): number {
    return this.#outgoing.unacked;
  }

  get synchronisedSinceMs(): number | undefined {
    return this.#synchronisedSinceMs;
  }

  get dead(): boolean {
    return this.#options.clock.steadyMs() - this.#heardMs > 3 * this.#options.heartbeatMs;
  }

  get ackDueMs(): number | undefined {
    return this.#incoming.dueMs;
  }

  unfit(): Unfit | undefined {
    return undefined;
  }

  welcome(): void {
    const serverTimeUs = this.#nowUs();
    const { id, epoch } = this;
    this.send({
      kind: 'WELCOME',
      version: VERSION_2,
      sessionId: id,
      epoch,
      heartbeatMs: this.#options.heartbeatMs,
      serverTimeUs,
    });
  }

  send(message: Message2, possibleDuplicate = false): boolean {
    if (!this.#open) return false;
    const { sequenced } = KINDS_2[message.kind];
    if (this.#options.port.outboxBytes > LIMITS.session.outbox || (sequenced && this.#outgoing.full)) {
      this.close({
        kind: 'GOODBYE',
        reason: 'SLOW_READER',
        sentence: 'You do not read what you are sent; connect again and it is sent again.',
      });
      return false;
    }
    const seq = sequenced ? this.#outgoing.next('id' in message ? message.id : message.kind) : 0;
    this.#write({ profile: 2, flags: possibleDuplicate ? FLAG_POSSIBLE_DUPLICATE : 0, seq, ack: 0, timeUs: 0, message });
    return true;
  }

  accept(frame: Frame2): boolean {
    if (!this.#open) return false;
    this.#heardMs = this.#options.clock.steadyMs();
    if (this.#outgoing.acknowledge(frame.ack) === 'bad-ack')
      return this.#broken(`ack ${frame.ack} names a frame that was not sent`);
    if (frame.seq > 0 && this.#incoming.accept(frame.seq) === 'gap') {
      return this.#broken(`frame ${frame.seq} came where ${this.#incoming.received + 1} was due`);
    }
    if (frame.message.kind === 'HEARTBEAT') this.#heartbeat(frame.message);
    return true;
  }

  durable(seq: number): void {
    if (seq > 0) this.#incoming.durable(seq, this.#options.clock.nowMs());
  }

  /** A heartbeat, which also carries the ack that is owed. */
  beat(): void {
    const nowUs = this.#nowUs();
    const heldMs = this.#peerTimeUs === 0 ? 0 : this.#options.clock.steadyMs() - this.#peerHeardMs;
    const heldUs = Math.round(heldMs * 1_000);
    const status = { brokerConnected: false, tradeAllowed: false, expertAllowed: false, synchronised: false };
    this.send({ kind: 'HEARTBEAT', ownTimeUs: nowUs, peerTimeUs: this.#peerTimeUs, heldUs, ...status, errorCount: 0 });
  }

  goodbye(reason: GoodbyeReason, sentence: string): void {
    this.close({ kind: 'GOODBYE', reason, sentence });
  }

  refuse(code: RefusedCode, sentence: string, retryAfterMs = 0): void {
    this.close({ kind: 'REFUSED', code, retryAfterMs, sentence });
  }

  /** To an endpoint of its own HELLO. */
  redirect(endpoint: number): void {
    this.close({ kind: 'REDIRECT', endpoint });
  }

  close(last: Message2): void {
    if (!this.#open) return;
    this.#open = false;
    this.#write({ profile: 2, flags: 0, seq: 0, ack: 0, timeUs: 0, message: last });
    this.#options.port.end();
  }

  lost(): void {
    this.#open = false;
  }

  #heartbeat(message: HeartbeatMessage): void {
    this.#peerTimeUs = message.ownTimeUs;
    this.#peerHeardMs = this.#heardMs;
    if (!message.synchronised || !message.brokerConnected) this.#synchronisedSinceMs = undefined;
    else this.#synchronisedSinceMs ??= this.#heardMs;
  }

  #broken(what: string): false {
    this.refuse('SEQUENCE', `The session cannot go on: ${what}.`);
    return false;
  }

  #write(frame: Frame2): void {
    this.#options.port.write(encodeFrame({ ...frame, ack: this.#incoming.ack, timeUs: this.#nowUs() }));
    this.#incoming.told();
  }

  #nowUs(): number {
    return this.#options.clock.nowMs() * 1_000;
  }
}
