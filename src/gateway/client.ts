import type { AccountMessage } from '../actors/account.js';
import type { ActorRef } from '../actors/actor.js';
import type { EaSession, SessionPort } from '../protocol/ea-session.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { WireActivity, WireLine } from '../runtime/wire-activity.js';
import type { AddressBook } from './address-book.js';
import type { Admitted, Refused } from './door.js';
import { type Drain, type Draining, drainSentence } from './drain.js';
import type { Transport, TransportEvents } from './transport.js';

export interface ClientOptions {
  readonly addresses: AddressBook;
  readonly drain: Drain;
  readonly clock: Clock;
  /** How long a client may take to say who it is, and to read its last frame. */
  readonly helloMs: number;
  readonly observer: ConnectionObserver;
  readonly wire?: WireActivity;
}

export interface ConnectionObserver {
  opened(): void;
  closed(): void;
  malformed(code: string): void;
  frame(kind: string): void;
}

export type Phase = 'greeting' | 'admitting' | 'open' | 'closed';

/** What every client has, whichever profile it speaks: a place, a wire, at most one timer, and in the end a session. */
export abstract class Client<S extends EaSession> implements TransportEvents, SessionPort {
  protected phase: Phase = 'greeting';
  protected session: S | undefined;
  protected account: ActorRef<AccountMessage> | undefined;
  protected readonly placed: boolean;
  readonly #line: WireLine | undefined;
  #cancelTimer: Cancel = () => {};
  /** It holds a place among those that wait for their refusal. */
  #awaitsRefusal = false;

  constructor(
    protected readonly transport: Transport,
    protected readonly options: ClientOptions,
  ) {
    this.#line = options.wire?.line(transport.remotePort);
    options.observer.opened();
    options.drain.joined(this);
    // One that is turned away has no place to give back.
    this.placed = options.addresses.open(transport.remoteAddress);
  }

  abstract data(bytes: Uint8Array): void;

  get remoteAddress(): string {
    return this.transport.remoteAddress;
  }

  get outboxBytes(): number {
    return this.transport.outboxBytes;
  }

  write(bytes: Uint8Array): void {
    this.#line?.sent('server');
    this.transport.write(bytes);
  }

  end(sentence?: string): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.#line?.closed('server');
    // A socket that reads nothing would not learn that the other side has closed too.
    this.transport.resume();
    this.transport.end(sentence);
    // A client that does not take the last frame is not waited for.
    this.within(this.options.helloMs, () => this.transport.destroy());
  }

  closed(): void {
    this.options.drain.left(this);
    if (this.placed) this.options.addresses.close(this.remoteAddress);
    this.#answered();
    this.options.observer.closed();
    this.#cancelTimer();
    this.#line?.closed('server');
    this.phase = 'closed';
    const { session } = this;
    session?.lost();
    if (session !== undefined) this.account?.tell({ kind: 'lost', session });
  }

  protected received(): void {
    this.#line?.received('server');
  }

  /** Sets the one timer, in place of any before. */
  protected within(delayMs: number, call: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.options.clock.after(delayMs, call);
  }

  /** A wrong key: the refusal waits its time, or where too many wait already, the client is cut off without a word. */
  protected refuseLate(refuse: () => void): void {
    const { addresses, clock } = this.options;
    const delayMs = addresses.failed(this.remoteAddress, clock.nowMs());
    this.#awaitsRefusal = addresses.wait(this.remoteAddress);
    if (!this.#awaitsRefusal) {
      this.phase = 'closed';
      this.#line?.closed('server');
      return this.transport.destroy();
    }
    this.within(delayMs, () => {
      this.#answered();
      refuse();
    });
  }

  #answered(): void {
    if (this.#awaitsRefusal) this.options.addresses.waited(this.remoteAddress);
    this.#awaitsRefusal = false;
  }

  /** Reads nothing while the door is asked. Undefined where the client has gone meanwhile: its claim is then given up. */
  protected async ask(door: Promise<Admitted<S> | Refused>): Promise<Admitted<S> | Refused | undefined> {
    this.phase = 'admitting';
    this.#cancelTimer();
    this.transport.pause();
    const answer = await door;
    if ((this.phase as Phase) !== 'closed') return answer;
    if (answer.kind === 'admitted') answer.account.tell({ kind: 'lost', session: answer.session });
    return undefined;
  }

  protected stand({ session, account }: Admitted<S>): void {
    this.session = session;
    this.account = account;
    this.phase = 'open';
    this.transport.resume();
    this.options.drain.stands(this);
    // The node was told to take no more while the door was asked.
    const { draining } = this.options.drain;
    if (draining !== undefined) this.leave(draining);
  }

  /** One that has no session yet is refused at its HELLO. */
  leave(draining: Draining): void {
    this.session?.refuse('BUSY', drainSentence(draining), draining.pauseMs);
  }

  /** Only some can be sent to another node. */
  move(): boolean {
    return false;
  }
}
