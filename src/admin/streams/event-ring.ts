/**
 * The newest events of one topic, numbered from 1 without gaps. What is pushed out is forgotten, and how far each owner's
 * events are forgotten is kept: whoever asks for what came after a number gets all of it or is told that some is gone, and
 * a neighbour's many events are no gap for a tenant none of whose own were pushed out.
 */
import type { Reach } from '../../access/principal.js';
import type { Shared } from './shared-message.js';
import type { Owner } from './topics.js';

export interface StreamEvent {
  readonly number: number;
  readonly owner: Owner;
  readonly message: Shared;
}

export class EventRing {
  readonly #events: StreamEvent[] = [];
  /** Where the oldest stands. */
  #first = 0;
  #newest = 0;
  /** Number of the newest event pushed out, by tenant. */
  readonly #forgottenOf = new Map<string, number>();
  /** The same of what has no tenant. */
  #forgottenShared = 0;

  constructor(readonly capacity: number) {}

  /** Number of the newest; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  get size(): number {
    return this.#events.length;
  }

  push(owner: Owner, message: (number: number) => Shared): void {
    this.#newest += 1;
    const event = { number: this.#newest, owner, message: message(this.#newest) };
    if (this.#events.length < this.capacity) {
      this.#events.push(event);
      return;
    }
    this.#forget(this.#events[this.#first] as StreamEvent);
    this.#events[this.#first] = event;
    this.#first = (this.#first + 1) % this.capacity;
  }

  /** Undefined where it is not here any more, or not yet. */
  at(number: number): StreamEvent | undefined {
    const back = this.#newest - number;
    if (back < 0 || back >= this.#events.length) return undefined;
    return this.#events[(this.#first + this.#events.length - 1 - back) % this.#events.length];
  }

  /** The first number after this one that is still here: what is passed over is forgotten. */
  after(number: number): number {
    return Math.max(number, this.#newest - this.#events.length) + 1;
  }

  /** Whether all that one of this reach could have heard after that number is here. */
  holds(number: number, reach: Reach): boolean {
    if (number > this.#newest) return false;
    if (reach.kind === 'all') return number >= this.#newest - this.#events.length;
    return number >= this.#forgottenShared && number >= (this.#forgottenOf.get(reach.tenantId) ?? 0);
  }

  #forget({ number, owner }: StreamEvent): void {
    if (typeof owner === 'string') this.#forgottenShared = number;
    else this.#forgottenOf.set(owner.tenantId, number);
  }
}
