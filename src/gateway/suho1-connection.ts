/**
 * One EA that speaks suho-1, from its upgrade on. Its key has named the account; the session stands with its first account
 * snapshot, which tells the login that the key is bound to, and with which alone anything could be sized. Frames go to the
 * account's actor as the session translates them; a malformed one ends it with a coded reason and reaches no actor.
 */
import { LIMITS } from '../limits.js';
import type { ProtocolFault } from '../protocol/fault.js';
import { type Account1Message, type Frame1, type Frame2, KINDS_1 } from '../protocol/messages.js';
import { decodeFrame1 } from '../protocol/suho-1.js';
import type { Suho1Session } from '../protocol/suho-1-session.js';
import { Client, type ClientOptions } from './client.js';
import type { Door, KeyOwner } from './door.js';
import { drainSentence } from './drain.js';
import type { Transport } from './transport.js';

export interface Suho1ConnectionOptions extends ClientOptions {
  readonly door: Door;
  readonly owner: KeyOwner;
}

/** Frames that came while the door was asked; a socket that is paused may still hand over what it had read. */
const EARLY_MOST = 64;

export class Suho1Connection extends Client<Suho1Session> {
  readonly #door: Door;
  readonly #owner: KeyOwner;
  readonly #early: { readonly frame: Frame1; readonly heardMs: number }[] = [];

  constructor(transport: Transport, options: Suho1ConnectionOptions) {
    super(transport, options);
    this.#door = options.door;
    this.#owner = options.owner;
    this.within(LIMITS.session.silenceSuho1Ms, () => this.end('HELLO_LATE: No account snapshot came in time.'));
    if (!this.placed) this.end('LIMIT: Too many connections are open from this address.');
  }

  data(bytes: Uint8Array): void {
    this.received();
    if (this.phase === 'closed') return;
    const frame = decodeFrame1(bytes);
    if ('code' in frame) return this.#malformed(frame);
    const { kind } = frame.message;
    if (KINDS_1[kind].from === 'SERVER') {
      return this.#malformed({ code: 'wrong-direction', offset: 6, message: `A ${kind} is not sent by this side.` });
    }
    this.options.observer.frame(kind);
    this.#frame(frame);
  }

  #frame(frame: Frame1): void {
    if (this.phase === 'open') this.#hear(frame, this.options.clock.nowMs());
    else if (this.phase === 'admitting') {
      if (this.#early.length < EARLY_MOST) this.#early.push({ frame, heardMs: this.options.clock.nowMs() });
    } else if (frame.message.kind === 'ACCOUNT_1') void this.#greet(frame, frame.message);
  }

  async #greet(frame: Frame1, presented: Account1Message): Promise<void> {
    const { draining } = this.options.drain;
    if (draining !== undefined) return this.end(`BUSY: ${drainSentence(draining)}`);
    const answer = await this.ask(this.#door.admitSuho1(this.#owner, presented, this));
    if (answer === undefined) return;
    if (answer.kind === 'refused') return this.end(`${answer.code}: ${answer.sentence}`);
    this.stand(answer);
    const nowMs = this.options.clock.nowMs();
    for (const early of [{ frame, heardMs: nowMs }, ...this.#early.splice(0)]) this.#hear(early.frame, early.heardMs);
  }

  #hear(frame: Frame1, heardMs: number): void {
    for (const told of this.session?.hear(frame, heardMs) ?? []) this.#tell(told);
  }

  /** A result that finds no place is lost, for its EA tells it once: the session ends, and the signal is UNKNOWN. */
  #tell(frame: Frame2): void {
    const { session } = this;
    if (session === undefined || this.account?.tell({ kind: 'frame', session, frame })) return;
    if (frame.message.kind === 'RESULT') session.refuse('BUSY', 'More waits for its commit than may.');
  }

  #malformed(fault: ProtocolFault): void {
    this.options.observer.malformed(fault.code);
    this.end(`MALFORMED: ${fault.message} (${fault.code}, byte ${fault.offset})`);
  }
}
