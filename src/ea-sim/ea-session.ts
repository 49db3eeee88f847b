/**
 * The EA's side of one session, from HELLO to the end: numbers, acks, heartbeats, silence. Sans-I/O: frames in and out, and
 * an instant with each call. It is gone with the connection; what was not acked goes out again in the next session, from
 * the record (results, trades) or handed over (`unsent` of history pages that a command asked for).
 */
import { LIMITS } from '../limits.js';
import {
  FLAG_POSSIBLE_DUPLICATE,
  type Frame2,
  type GoodbyeReason,
  type HeartbeatMessage,
  type HelloMessage,
  type HistoryMessage,
  KINDS_2,
  type Message2,
  NIL_ID,
} from '../protocol/messages.js';
import { IncomingSequence, OutgoingSequence } from '../protocol/sequences.js';
import type { EaRecord } from './record.js';
import type { ServerClock } from './server-clock.js';

/** The connection as a session sees it. */
export interface Link {
  /** False while the socket is full: prices and balances then wait, and only the latest goes out. */
  readonly writable: boolean;
  send(frame: Frame2): void;
  close(): void;
  /** Cuts it off at once: one whose other side is silent would never close. */
  destroy?(why: string): void;
}

/** When something came: by the clock that silence and heartbeats go by, and in microseconds as frames tell of time. */
export interface Instant {
  readonly ms: number;
  readonly us: number;
}

export interface TerminalStatus {
  readonly connected: boolean;
  readonly synchronised: boolean;
  readonly errors: number;
}

interface Sent {
  /** Its number in the record, or 0 for what the record does not keep. */
  readonly kept: number;
  readonly message: Message2;
}

const HALF_ACK_OWED_MS = LIMITS.session.ackOwedMs / 2;

export class EaSession {
  readonly #link: Link;
  readonly #record: EaRecord;
  readonly #clock: ServerClock;
  readonly #incoming = new IncomingSequence();
  readonly #outgoing = new OutgoingSequence<Sent>();
  readonly #flushed: number[] = [];
  #waiting: { readonly message: Message2; readonly repeat: boolean }[] = [];
  /** Highest number of the record sent in this session, and the highest that an earlier one may have sent. */
  #sentNumber = 0;
  readonly #earlierNumber: number;
  #helloUs = 0;
  #heardMs: number;
  #heartbeatMs: number = LIMITS.session.heartbeatMs;
  #heartbeatDueMs = Number.POSITIVE_INFINITY;
  #peer = { timeUs: 0, atUs: 0 };
  #welcomed = false;
  #ended = false;
  /** The start's own history: not until it is acked does the server have every deal. */
  #historyUntilMs = 0;
  dealsWhole: boolean;

  constructor(parts: {
    readonly link: Link;
    readonly record: EaRecord;
    readonly clock: ServerClock;
    readonly nowMs: number;
    readonly earlierNumber: number;
    readonly dealsWhole: boolean;
    readonly unsent: readonly HistoryMessage[];
  }) {
    this.#link = parts.link;
    this.#record = parts.record;
    this.#clock = parts.clock;
    this.#heardMs = parts.nowMs;
    this.#earlierNumber = parts.earlierNumber;
    this.dealsWhole = parts.dealsWhole;
    this.#waiting = parts.unsent.map((message) => ({ message, repeat: true }));
  }

  get welcomed(): boolean {
    return this.#welcomed;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get writable(): boolean {
    return this.#link.writable;
  }

  hello(message: HelloMessage, nowUs: number): void {
    this.#helloUs = nowUs;
    this.#send(message, 0, 0, nowUs);
  }

  /**
   * Takes a frame's header and the session's own kinds. Answers 'ok' when its message is for the EA, 'done' when nothing is
   * left to do, and 'closed' when the session has ended over it.
   */
  receive(frame: Frame2, at: Instant): 'ok' | 'done' | 'closed' {
    const { message } = frame;
    if (this.#ended) return 'done';
    this.#heardMs = at.ms;
    if (!this.#acked(frame.ack)) return this.#break();
    if (message.kind === 'IGNORED') return 'done';
    if (KINDS_2[message.kind].sequenced) {
      if (!this.#welcomed || this.#incoming.accept(frame.seq) === 'gap') return this.#break();
      this.#flushed.push(frame.seq);
    }
    switch (message.kind) {
      case 'WELCOME':
        if (this.#welcomed) return this.#break();
        this.#welcomed = true;
        this.#heartbeatMs = Math.min(message.heartbeatMs || LIMITS.session.heartbeatMs, LIMITS.session.heartbeatMostMs);
        this.#heartbeatDueMs = at.ms + this.#heartbeatMs;
        this.#clock.sample(this.#helloUs, at.us, message.serverTimeUs, 0);
        return 'ok';
      case 'HEARTBEAT':
        this.#peer = { timeUs: message.ownTimeUs, atUs: at.us };
        if (message.peerTimeUs > 0) this.#clock.sample(message.peerTimeUs, at.us, message.ownTimeUs, message.heldUs);
        return 'done';
      default:
        return 'ok';
    }
  }

  /** Queues a message for the end of this turn. */
  say(message: Message2): void {
    if (!this.#ended) this.#waiting.push({ message, repeat: false });
  }

  /** As `say`, for the history that this run of the EA begins with. */
  sayFirstHistory(pages: readonly HistoryMessage[]): void {
    for (const page of pages) this.say(page);
    this.#historyUntilMs = pages.at(-1)?.toMs ?? 0;
  }

  /** The record is on disk: what came may be acked, and what waits may leave. */
  flushed(nowMs: number, nowUs: number, status: TerminalStatus): void {
    if (this.#ended) return;
    for (const seq of this.#flushed.splice(0)) this.#incoming.durable(seq, nowMs);
    if (!this.#welcomed) return;
    this.#sendKept(nowUs);
    this.#sendWaiting(nowUs);
    const owedSince = this.#incoming.owedSinceMs;
    const ackDue = owedSince !== undefined && nowMs - owedSince >= HALF_ACK_OWED_MS;
    if (nowMs >= this.#heartbeatDueMs || ackDue) this.#heartbeat(nowMs, nowUs, status);
  }

  /** When it must be called again though nothing came. */
  nextDueMs(): number {
    const owedSince = this.#incoming.owedSinceMs;
    const ackDue = owedSince === undefined ? Number.POSITIVE_INFINITY : owedSince + HALF_ACK_OWED_MS;
    return Math.min(this.#heartbeatDueMs, ackDue, this.#heardMs + this.#silenceMs());
  }

  silent(nowMs: number): boolean {
    return nowMs - this.#heardMs >= this.#silenceMs();
  }

  /** Three heartbeats, as WELCOME set them, and never less than the usual. */
  #silenceMs(): number {
    return Math.max(LIMITS.session.silenceMs, 3 * this.#heartbeatMs);
  }

  goodbye(reason: GoodbyeReason, sentence: string, nowUs: number): void {
    if (this.#ended) return;
    if (this.#welcomed) this.#send({ kind: 'GOODBYE', reason, sentence }, 0, 0, nowUs);
    this.close();
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#link.close();
  }

  /** The server was not heard for too long: nobody is waited for. */
  abandon(nowUs: number): void {
    if (this.#ended) return;
    this.goodbye('SILENCE', '', nowUs);
    this.#link.destroy?.('the server is silent');
  }

  /** The connection is gone. Answers the history pages for a command that were not acked. */
  gone(): readonly HistoryMessage[] {
    this.#ended = true;
    const left = [...this.#outgoing.end().map(({ message }) => message), ...this.#waiting.map(({ message }) => message)];
    return left.filter((message): message is HistoryMessage => message.kind === 'HISTORY' && !this.#isFirstHistory(message));
  }

  #isFirstHistory(message: HistoryMessage): boolean {
    return message.commandId === NIL_ID;
  }

  #break(): 'closed' {
    this.close();
    return 'closed';
  }

  #acked(ack: number): boolean {
    let kept = 0;
    const verdict = this.#outgoing.acknowledge(ack, (sent) => {
      kept = Math.max(kept, sent.kept);
      if (sent.message.kind === 'HISTORY' && sent.message.last) this.#historyAcked(sent.message);
    });
    if (kept > 0) this.#record.append({ kind: 'acked', number: kept, dealsWhole: this.dealsWhole });
    return verdict === 'ok';
  }

  #historyAcked(message: HistoryMessage): void {
    if (!this.#isFirstHistory(message) || message.toMs !== this.#historyUntilMs || message.completeness !== 'COMPLETE') return;
    this.#record.append({ kind: 'history', untilMs: message.toMs });
    this.dealsWhole = true;
  }

  #sendKept(nowUs: number): void {
    const { state } = this.#record;
    if (state.lastNumber <= this.#sentNumber) return;
    for (const [number, message] of state.kept) {
      if (number <= this.#sentNumber) continue;
      if (this.#outgoing.full) return;
      const repeat = number <= this.#earlierNumber || state.repeats.has(number);
      this.#send(message, number, repeat ? FLAG_POSSIBLE_DUPLICATE : 0, nowUs);
      this.#sentNumber = number;
    }
  }

  #sendWaiting(nowUs: number): void {
    let at = 0;
    for (const { message, repeat } of this.#waiting) {
      if (KINDS_2[message.kind].sequenced && this.#outgoing.full) break;
      this.#send(message, 0, repeat ? FLAG_POSSIBLE_DUPLICATE : 0, nowUs);
      at += 1;
    }
    this.#waiting.splice(0, at);
  }

  #send(message: Message2, kept: number, flags: number, nowUs: number): void {
    const seq = KINDS_2[message.kind].sequenced ? this.#outgoing.next({ kept, message }) : 0;
    const ack = this.#incoming.ack;
    this.#incoming.told();
    this.#link.send({ profile: 2, flags, seq, ack, timeUs: nowUs, message });
  }

  #heartbeat(nowMs: number, nowUs: number, status: TerminalStatus): void {
    while (this.#heartbeatDueMs <= nowMs) this.#heartbeatDueMs += this.#heartbeatMs;
    const message: HeartbeatMessage = {
      kind: 'HEARTBEAT',
      ownTimeUs: nowUs,
      peerTimeUs: this.#peer.timeUs,
      heldUs: this.#peer.timeUs > 0 ? Math.max(0, nowUs - this.#peer.atUs) : 0,
      brokerConnected: status.connected,
      tradeAllowed: true,
      expertAllowed: true,
      synchronised: status.synchronised,
      errorCount: status.errors,
    };
    this.#send(message, 0, 0, nowUs);
  }
}
