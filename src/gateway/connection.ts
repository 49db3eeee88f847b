/**
 * One client, from its first byte: greets (a HELLO within its time, nothing before), asks the door, and from then on hands
 * whole frames to the account's actor. A malformed frame ends it with a coded reason and reaches no actor. Reading stops
 * while the door is asked, and when more waits for its commit than may.
 */
import type { AccountMessage } from '../actors/account.js';
import type { ActorRef } from '../actors/actor.js';
import { LIMITS } from '../limits.js';
import type { ProtocolFault } from '../protocol/fault.js';
import { FrameReader } from '../protocol/frame-reader.js';
import { encodeFrame } from '../protocol/frame-writer.js';
import type { Frame2, HelloMessage, RefusedCode } from '../protocol/messages.js';
import type { SessionPort } from '../protocol/ea-session.js';
import type { ServerSession } from '../protocol/server-session.js';
import { BODY_MOST } from '../protocol/messages.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { WireActivity, WireLine } from '../runtime/wire-activity.js';
import type { AddressBook } from './address-book.js';
import type { Door } from './door.js';
import type { Transport, TransportEvents } from './transport.js';

export interface ConnectionOptions {
  readonly door: Door;
  readonly addresses: AddressBook;
  readonly clock: Clock;
  /** Machine timers where the engine's clock is stepped would never fire, so it is the engine's. */
  readonly helloMs: number;
  readonly observer: ConnectionObserver;
  readonly wire?: WireActivity;
  /** WebSocket: a message holds whole frames. */
  readonly wholeFrames: boolean;
}

export interface ConnectionObserver {
  opened(): void;
  closed(): void;
  malformed(code: string): void;
  frame(kind: string): void;
}

const LIMIT_RETRY_MS = 30_000;

type Phase = 'greeting' | 'admitting' | 'open' | 'closed';

export class Connection implements TransportEvents, SessionPort {
  readonly #transport: Transport;
  readonly #options: ConnectionOptions;
  readonly #reader = new FrameReader({ maxBody: LIMITS.frame.bodyBeforeWelcome, from: 'EA' });
  readonly #line: WireLine | undefined;
  /** One that was turned away has no place to give back. */
  readonly #placed: boolean;
  #phase: Phase = 'greeting';
  #cancelTimer: Cancel;
  #session: ServerSession | undefined;
  #account: ActorRef<AccountMessage> | undefined;

  constructor(transport: Transport, options: ConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#line = options.wire?.line(transport.remotePort);
    this.#cancelTimer = options.clock.after(options.helloMs, () => this.#refuse('HELLO_LATE', 'No HELLO came in time.'));
    options.observer.opened();
    this.#placed = options.addresses.open(transport.remoteAddress);
    if (!this.#placed) this.#refuse('LIMIT', 'Too many connections are open from this address.', LIMIT_RETRY_MS);
  }

  get remoteAddress(): string {
    return this.#transport.remoteAddress;
  }

  get outboxBytes(): number {
    return this.#transport.outboxBytes;
  }

  write(bytes: Uint8Array): void {
    this.#line?.sent('server');
    this.#transport.write(bytes);
  }

  end(): void {
    this.#phase = 'closed';
    this.#cancelTimer();
    this.#line?.closed('server');
    this.#transport.end();
    // A client that does not take the last frame is not waited for.
    this.#cancelTimer = this.#options.clock.after(this.#options.helloMs, () => this.#transport.destroy());
  }

  data(bytes: Uint8Array): void {
    if (this.#phase === 'closed') return;
    const fault = this.#reader.push(bytes, (frame) => this.#frame(frame)) ?? this.#cutMessage();
    if (fault !== undefined) this.#malformed(fault);
  }

  closed(): void {
    if (this.#placed) this.#options.addresses.close(this.remoteAddress, this.#options.clock.nowMs());
    this.#options.observer.closed();
    this.#cancelTimer();
    this.#line?.closed('server');
    this.#phase = 'closed';
    const session = this.#session;
    session?.lost();
    if (session !== undefined) this.#account?.tell({ kind: 'lost', session });
  }

  #cutMessage(): ProtocolFault | undefined {
    if (!this.#options.wholeFrames || this.#reader.pending === 0) return undefined;
    return { code: 'incomplete', offset: this.#reader.pending, message: 'A WebSocket message holds whole frames.' };
  }

  #frame(frame: Frame2): void {
    this.#line?.received('server');
    this.#options.observer.frame(frame.message.kind);
    if (this.#phase === 'closed') return;
    if (this.#phase === 'open') this.#deliver(frame);
    else if (this.#phase === 'greeting' && frame.message.kind === 'HELLO') void this.#greet(frame.message);
    else this.#refuse('UNEXPECTED', `A ${frame.message.kind} came before the session stood.`);
  }

  async #greet(hello: HelloMessage): Promise<void> {
    this.#phase = 'admitting';
    this.#cancelTimer();
    this.#transport.pause();
    const answer = await this.#options.door.admit(hello, this);
    // The client may have gone while the ledger was asked; whoever claims next takes the account from this claim.
    const phase = this.#phase as Phase;
    if (phase === 'closed') {
      if (answer.kind === 'admitted') answer.account.tell({ kind: 'lost', session: answer.session });
      return;
    }
    if (answer.kind === 'refused') {
      if (answer.code !== 'BAD_KEY') return this.#refuse(answer.code, answer.sentence, answer.retryAfterMs);
      const delayMs = this.#options.addresses.failed(this.remoteAddress, this.#options.clock.nowMs());
      this.#cancelTimer = this.#options.clock.after(delayMs, () =>
        this.#refuse(answer.code, answer.sentence, answer.retryAfterMs),
      );
      return;
    }
    this.#session = answer.session;
    this.#account = answer.account;
    this.#phase = 'open';
    this.#reader.maxBody = BODY_MOST;
    this.#transport.resume();
  }

  #deliver(frame: Frame2): void {
    const session = this.#session;
    if (session === undefined) return;
    const taken = session.pending < LIMITS.session.unacked && this.#account?.tell({ kind: 'frame', session, frame });
    if (!taken) session.refuse('BUSY', 'More waits for its commit than may; what is not acked is to be sent again.', 5_000);
  }

  #malformed(fault: ProtocolFault): void {
    this.#options.observer.malformed(fault.code);
    const sentence = `${fault.message} (${fault.code}, byte ${fault.offset})`;
    if (this.#session?.isOpen) this.#session.refuse('MALFORMED', sentence);
    else this.#refuse('MALFORMED', sentence);
  }

  /** Before a session stands; afterwards the session says it, in its own numbers. */
  #refuse(code: RefusedCode, sentence: string, retryAfterMs = 0): void {
    if (this.#phase === 'closed') return;
    const timeUs = this.#options.clock.nowMs() * 1_000;
    this.write(
      encodeFrame({ profile: 2, flags: 0, seq: 0, ack: 0, timeUs, message: { kind: 'REFUSED', code, retryAfterMs, sentence } }),
    );
    this.end();
  }
}
