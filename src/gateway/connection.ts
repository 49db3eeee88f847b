/**
 * One client, from its first byte: greets (a HELLO within its time), asks the door, and from then on hands whole frames to the
 * account's actor. A malformed frame ends it with a coded reason and reaches no actor. Reading stops while the door is asked,
 * and when more waits for its commit than may.
 */
import { LIMITS } from '../limits.js';
import type { ProtocolFault } from '../protocol/fault.js';
import { FrameReader } from '../protocol/frame-reader.js';
import { encodeFrame } from '../protocol/frame-writer.js';
import {
  BODY_MOST,
  type EndpointRecord,
  type Frame2,
  type HelloMessage,
  type Message2,
  type RefusedCode,
} from '../protocol/messages.js';
import type { ServerSession } from '../protocol/server-session.js';
import { Client, type ClientOptions } from './client.js';
import type { Door } from './door.js';
import { type Draining, drainSentence } from './drain.js';
import type { Transport } from './transport.js';

export interface ConnectionOptions extends ClientOptions {
  readonly door: Door;
  /** WebSocket: a message holds whole frames. */
  readonly wholeFrames: boolean;
}

const LIMIT_RETRY_MS = 30_000;

export class Connection extends Client<ServerSession> {
  readonly #door: Door;
  readonly #wholeFrames: boolean;
  readonly #reader = new FrameReader({ maxBody: LIMITS.frame.bodyBeforeWelcome, from: 'EA' });
  /** Servers that the EA knows, by its HELLO. */
  #named: readonly EndpointRecord[] = [];

  constructor(transport: Transport, options: ConnectionOptions) {
    super(transport, options);
    this.#door = options.door;
    this.#wholeFrames = options.wholeFrames;
    this.within(options.helloMs, () => this.#refuse('HELLO_LATE', 'No HELLO came in time.'));
    if (!this.placed) this.#refuse('LIMIT', 'Too many connections are open from this address.', LIMIT_RETRY_MS);
  }

  data(bytes: Uint8Array): void {
    if (this.phase === 'closed') return;
    const fault = this.#reader.push(bytes, (frame) => this.#frame(frame)) ?? this.#cutMessage();
    if (fault !== undefined) this.#malformed(fault);
  }

  override leave(draining: Draining): void {
    if (!this.move()) super.leave(draining);
  }

  override move(): boolean {
    if (this.session?.isOpen !== true) return false;
    const endpoint = this.options.drain.whereTo(this.#named);
    if (endpoint !== undefined) this.session.redirect(endpoint);
    return endpoint !== undefined;
  }

  #cutMessage(): ProtocolFault | undefined {
    if (!this.#wholeFrames || this.#reader.pending === 0) return undefined;
    return { code: 'incomplete', offset: this.#reader.pending, message: 'A WebSocket message holds whole frames.' };
  }

  #frame(frame: Frame2): void {
    this.received();
    const { message } = frame;
    this.options.observer.frame(message.kind);
    if (this.phase === 'closed') return;
    if (this.phase === 'open') return this.#deliver(frame);
    if (this.phase === 'greeting' && message.kind === 'HELLO') void this.#greet(message);
    else if (message.kind === 'GOODBYE') this.end();
    else if (message.kind !== 'HEARTBEAT') this.#refuse('UNEXPECTED', `A ${message.kind} came before the session stood.`);
  }

  async #greet(hello: HelloMessage): Promise<void> {
    this.#named = hello.endpoints;
    const { draining } = this.options.drain;
    if (draining !== undefined) return this.#turnAway(draining);
    const answer = await this.ask(this.#door.admit(hello, this));
    if (answer === undefined) return;
    if (answer.kind === 'admitted') {
      this.#reader.maxBody = BODY_MOST;
      return this.stand(answer);
    }
    const refuse = (): void => this.#refuse(answer.code, answer.sentence, answer.retryAfterMs);
    if (answer.code === 'BAD_KEY') this.refuseLate(refuse);
    else refuse();
  }

  #deliver(frame: Frame2): void {
    const { session } = this;
    if (session === undefined) return;
    const taken = session.pending < LIMITS.session.unacked && this.account?.tell({ kind: 'frame', session, frame });
    if (!taken) session.refuse('BUSY', 'More waits for its commit than may; what is not acked is to be sent again.', 5_000);
  }

  #malformed(fault: ProtocolFault): void {
    this.options.observer.malformed(fault.code);
    const sentence = `${fault.message} (${fault.code}, byte ${fault.offset})`;
    if (this.session?.isOpen) this.session.refuse('MALFORMED', sentence);
    else this.#refuse('MALFORMED', sentence);
  }

  #turnAway(draining: Draining): void {
    const endpoint = this.options.drain.whereTo(this.#named);
    if (endpoint === undefined) this.#refuse('BUSY', drainSentence(draining), draining.pauseMs);
    else this.#last({ kind: 'REDIRECT', endpoint });
  }

  #refuse(code: RefusedCode, sentence: string, retryAfterMs = 0): void {
    this.#last({ kind: 'REFUSED', code, retryAfterMs, sentence });
  }

  /** Before a session stands; afterwards the session says it, in its own numbers. */
  #last(message: Message2): void {
    if (this.phase === 'closed') return;
    const timeUs = this.options.clock.nowMs() * 1_000;
    this.write(encodeFrame({ profile: 2, flags: 0, seq: 0, ack: 0, timeUs, message }));
    this.end();
  }
}
