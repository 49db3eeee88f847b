/**
 * One connection that hears topics. Nothing waits for it but what its socket has not taken: while that is more than the
 * bound nothing more is written, its figures conflate and its events wait in their topics' rings. One that takes nothing
 * for too long, or so little that the ring moves on over what it has not been sent, is cut; with its cursors it may come again.
 */
import type { Principal } from '../../access/principal.js';
import { LIMITS } from '../../limits.js';
import { type Cut, CUTS } from './cuts.js';
import type { Subscription } from './subscription.js';

export interface StreamSocket {
  /** Bytes that the other side has not taken. */
  readonly waitingBytes: number;
  /** `taken` is called once these bytes are with the system. */
  send(text: Buffer | string, taken?: () => void): void;
  close(code: number, reason: string): void;
}

export interface ReaderOptions {
  readonly socket: StreamSocket;
  readonly principal: Principal;
  readonly nowMs: () => number;
  /** The socket took what kept it from more. */
  readonly onDrained: (reader: Reader) => void;
}

/** Events of others that one message may be looked for among. */
const LOOKED_AT = 1_024;

export class Reader {
  principal: Principal;
  readonly subscriptions = new Map<string, Subscription>();
  /** Why it was cut. */
  cutFor: Cut | undefined;
  readonly #options: ReaderOptions;
  /** Since when its socket is full. */
  #fullSinceMs: number | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.principal = options.principal;
  }

  get waitingBytes(): number {
    return this.#options.socket.waitingBytes;
  }

  get full(): boolean {
    return this.#fullSinceMs !== undefined;
  }

  get waits(): boolean {
    for (const subscription of this.subscriptions.values()) if (subscription.waits) return true;
    return false;
  }

  /** Sends at most so many messages; answers how many. */
  drain(most: number): number {
    let sent = 0;
    for (const subscription of this.subscriptions.values()) {
      while (sent < most && !this.full && this.cutFor === undefined) {
        if (subscription.overrun) {
          this.cut('slow');
          break;
        }
        const bytes = subscription.next(LOOKED_AT);
        if (bytes === undefined) break;
        this.#write(bytes);
        sent += 1;
      }
    }
    return sent;
  }

  /** An answer to what it asked; one that lets answers pile up is cut. */
  say(message: object): void {
    if (this.cutFor !== undefined) return;
    if (this.#options.socket.waitingBytes > LIMITS.streams.outbox) this.cut('slow');
    else this.#options.socket.send(JSON.stringify(message));
  }

  /** Cuts one whose socket has been full for too long while events wait, or past which the ring has moved on. */
  look(): void {
    if (this.cutFor !== undefined) return;
    const { nowMs } = this.#options;
    const stalled = this.#fullSinceMs !== undefined && nowMs() - this.#fullSinceMs >= LIMITS.streams.slowMs;
    for (const subscription of this.subscriptions.values())
      if (subscription.overrun || (stalled && subscription.eventsWait)) return this.cut('slow');
  }

  cut(why: Cut, reason = CUTS[why].reason): void {
    if (this.cutFor !== undefined) return;
    this.cutFor = why;
    this.#options.socket.close(CUTS[why].code, reason);
  }

  #write(bytes: Buffer): void {
    const { socket, nowMs, onDrained } = this.#options;
    if (socket.waitingBytes + bytes.length < LIMITS.streams.outbox) return socket.send(bytes);
    this.#fullSinceMs = nowMs();
    socket.send(bytes, () => {
      this.#fullSinceMs = undefined;
      onDrained(this);
    });
  }
}
