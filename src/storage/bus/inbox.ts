import type { Activity } from '../../runtime/activity.js';
import { endOfTurn } from '../../runtime/turn.js';
import type { BusMessage, Handle, Subscription } from './bus.js';
import { payloadOf } from './payload.js';

export interface InboxOptions {
  readonly bound: number;
  readonly activity?: Activity;
  readonly onClose: () => void;
}

/** Messages handled before the event loop gets a turn. */
const TURN = 256;

/**
 * What waits for one subscriber, in the order of its coming and handled one at a time, never in the sender's own call. At the
 * bound the newest of a subject takes the place of an older one; where there is none, the oldest of all gives way.
 */
export class Inbox<V> implements Subscription {
  readonly figures = { handled: 0, conflated: 0, dropped: 0, failed: 0, damaged: 0 };
  readonly #waiting = new Map<number, { readonly subject: string; readonly bytes: Uint8Array }>();
  readonly #newest = new Map<string, number>();
  #arrivals = 0;
  #draining = false;
  #closed = false;

  constructor(
    private readonly handle: Handle<BusMessage<V>>,
    private readonly options: InboxOptions,
  ) {}

  offer(subject: string, bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#waiting.size >= this.options.bound) this.#makeRoom(subject);
    const arrival = this.#arrivals++;
    this.#waiting.set(arrival, { subject, bytes });
    this.#newest.set(subject, arrival);
    this.options.activity?.begin();
    if (!this.#draining) void this.#drain();
  }

  close(): void {
    this.#closed = true;
    this.options.activity?.end(this.#waiting.size);
    this.#waiting.clear();
    this.#newest.clear();
    this.options.onClose();
  }

  #makeRoom(subject: string): void {
    const older = this.#newest.get(subject);
    const [oldest] = this.#waiting.keys();
    const leaving = older ?? oldest;
    if (leaving === undefined) return;
    this.figures[older === undefined ? 'dropped' : 'conflated'] += 1;
    this.#take(leaving);
    this.options.activity?.end();
  }

  #take(arrival: number): { readonly subject: string; readonly bytes: Uint8Array } | undefined {
    const message = this.#waiting.get(arrival);
    this.#waiting.delete(arrival);
    if (message !== undefined && this.#newest.get(message.subject) === arrival) this.#newest.delete(message.subject);
    return message;
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    await undefined;
    let taken = 0;
    for (const arrival of this.#waiting.keys()) {
      const message = this.#take(arrival);
      if (message !== undefined) await this.#hand(message.subject, message.bytes);
      taken += 1;
      if (taken % TURN === 0) await new Promise<void>((resolve) => endOfTurn(resolve));
    }
    this.#draining = false;
  }

  async #hand(subject: string, bytes: Uint8Array): Promise<void> {
    const found = payloadOf(bytes);
    try {
      if (found.kind !== 'value') this.figures.damaged += 1;
      else {
        await this.handle({ subject, payload: found.value as V });
        this.figures.handled += 1;
      }
    } catch {
      this.figures.failed += 1;
    } finally {
      this.options.activity?.end();
    }
  }
}
