/**
 * One EA that speaks suho-1, from its upgrade on. Its key has named the account; the session stands with its first account
 * snapshot, which tells the login that the key is bound to, and with which alone anything could be sized. Frames go to the
 * account's actor as the session translates them; a malformed one ends it with a coded reason and reaches no actor.
 */
import type { AccountMessage } from '../actors/account.js';
import type { ActorRef } from '../actors/actor.js';
import { LIMITS } from '../limits.js';
import type { SessionPort } from '../protocol/ea-session.js';
import type { ProtocolFault } from '../protocol/fault.js';
import { type Account1Message, type Frame1, type Frame2, KINDS_1 } from '../protocol/messages.js';
import { decodeFrame1 } from '../protocol/suho-1.js';
import type { Suho1Session } from '../protocol/suho-1-session.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { WireActivity, WireLine } from '../runtime/wire-activity.js';
import type { AccountRow } from '../storage/ledger/ledger.js';
import type { AddressBook } from './address-book.js';
import type { ConnectionObserver } from './connection.js';
import type { Door } from './door.js';
import type { Transport, TransportEvents } from './transport.js';

export interface Suho1ConnectionOptions {
  readonly door: Door;
  readonly addresses: AddressBook;
  readonly clock: Clock;
  /** How long a client may take to read its last frame. */
  readonly helloMs: number;
  readonly observer: ConnectionObserver;
  readonly wire?: WireActivity;
  readonly account: AccountRow;
}

type Phase = 'greeting' | 'admitting' | 'open' | 'closed';

/** Frames that came while the door was asked; a socket that is paused may still hand over what it had read. */
const EARLY_MOST = 64;

export class Suho1Connection implements TransportEvents, SessionPort {
  readonly #transport: Transport;
  readonly #options: Suho1ConnectionOptions;
  readonly #line: WireLine | undefined;
  /** One that was turned away has no place to give back. */
  readonly #placed: boolean;
  readonly #early: { readonly frame: Frame1; readonly heardMs: number }[] = [];
  #phase: Phase = 'greeting';
  #cancelTimer: Cancel;
  #session: Suho1Session | undefined;
  #account: ActorRef<AccountMessage> | undefined;
  /** What the session said before this side knew that it stands. */
  #untold: Frame2[] = [];

  constructor(transport: Transport, options: Suho1ConnectionOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#line = options.wire?.line(transport.remotePort);
    this.#cancelTimer = options.clock.after(LIMITS.session.silenceSuho1Ms, () =>
      this.end('HELLO_LATE: No account snapshot came in time.'),
    );
    options.observer.opened();
    this.#placed = options.addresses.open(transport.remoteAddress);
    if (!this.#placed) this.end('LIMIT: Too many connections are open from this address.');
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

  end(sentence?: string): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#cancelTimer();
    this.#line?.closed('server');
    this.#transport.end(sentence);
    this.#cancelTimer = this.#options.clock.after(this.#options.helloMs, () => this.#transport.destroy());
  }

  data(bytes: Uint8Array): void {
    this.#line?.received('server');
    if (this.#phase === 'closed') return;
    const frame = decodeFrame1(bytes);
    if ('code' in frame) return this.#malformed(frame);
    const { kind } = frame.message;
    if (KINDS_1[kind].from === 'SERVER') {
      return this.#malformed({ code: 'wrong-direction', offset: 6, message: `A ${kind} is not sent by this side.` });
    }
    this.#options.observer.frame(kind);
    this.#frame(frame);
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

  #frame(frame: Frame1): void {
    if (this.#phase === 'open') this.#hear(frame, this.#options.clock.nowMs());
    else if (this.#phase === 'admitting') {
      if (this.#early.length < EARLY_MOST) this.#early.push({ frame, heardMs: this.#options.clock.nowMs() });
    } else if (frame.message.kind === 'ACCOUNT_1') void this.#greet(frame, frame.message);
  }

  async #greet(frame: Frame1, presented: Account1Message): Promise<void> {
    this.#phase = 'admitting';
    this.#cancelTimer();
    this.#transport.pause();
    const { door, account } = this.#options;
    const answer = await door.admitSuho1(account, presented, this, (told) => this.#tell(told));
    const phase = this.#phase as Phase;
    if (phase === 'closed') {
      if (answer.kind === 'admitted') answer.account.tell({ kind: 'lost', session: answer.session });
      return;
    }
    this.#transport.resume();
    if (answer.kind === 'refused') return this.end(`${answer.code}: ${answer.sentence}`);
    this.#session = answer.session;
    this.#account = answer.account;
    this.#phase = 'open';
    for (const told of this.#untold.splice(0)) this.#tell(told);
    const nowMs = this.#options.clock.nowMs();
    for (const early of [{ frame, heardMs: nowMs }, ...this.#early.splice(0)]) this.#hear(early.frame, early.heardMs);
  }

  #hear(frame: Frame1, heardMs: number): void {
    for (const told of this.#session?.hear(frame, heardMs) ?? []) this.#tell(told);
  }

  /** A result that finds no place is lost, for its EA tells it once: the session ends, and the signal is UNKNOWN. */
  #tell(frame: Frame2): void {
    const session = this.#session;
    if (session === undefined) {
      this.#untold.push(frame);
      return;
    }
    if (this.#account?.tell({ kind: 'frame', session, frame })) return;
    if (frame.message.kind === 'RESULT') session.refuse('BUSY', 'More waits for its commit than may.');
  }

  #malformed(fault: ProtocolFault): void {
    this.#options.observer.malformed(fault.code);
    this.end(`MALFORMED: ${fault.message} (${fault.code}, byte ${fault.offset})`);
  }
}
