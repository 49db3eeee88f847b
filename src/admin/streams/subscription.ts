/**
 * One reader's place in one topic. Events are read off the topic's ring, so that nothing is kept for a reader that is slow:
 * it has a number. Of figures it has the set of those that it has not been sent as they are now.
 */
import type { Principal } from '../../access/principal.js';
import type { Channel } from './channel.js';
import type { Figure } from './figure.js';
import type { Reader } from './reader.js';
import { hears } from './topics.js';

export class Subscription {
  readonly #unsent = new Set<Figure>();
  /** Figures that changed again before they were sent: the value between was passed over. */
  #passedOver = 0;

  constructor(
    readonly channel: Channel,
    readonly reader: Reader,
    /** Number of the newest event that it was sent, or that came before it. */
    public place: number,
  ) {}

  get principal(): Principal {
    return this.reader.principal;
  }

  /** Whether an event that it should have been sent is gone. */
  get overrun(): boolean {
    return !this.channel.ring.holds(this.place, this.principal.reach);
  }

  get eventsWait(): boolean {
    return this.place < this.channel.ring.newest;
  }

  get waits(): boolean {
    return this.eventsWait || this.#unsent.size > 0;
  }

  /** All figures as they are, for one that has just come. */
  begin(): void {
    for (const figure of this.channel.figures.values()) if (hears(this.principal, figure.owner)) this.#unsent.add(figure);
  }

  changed(figure: Figure): void {
    if (!hears(this.principal, figure.owner)) return;
    if (this.#unsent.has(figure)) this.#passedOver += 1;
    else this.#unsent.add(figure);
  }

  /** The next to be sent; events first. `most` bounds how many events of others are looked at. */
  next(most: number): Buffer | undefined {
    const { ring } = this.channel;
    for (let looked = 0; looked < most && this.eventsWait; looked++) {
      const number = ring.after(this.place);
      this.place = number;
      const event = ring.at(number);
      if (event !== undefined && hears(this.principal, event.owner)) return event.message.bytes();
    }
    return this.eventsWait ? undefined : this.#nextFigure();
  }

  #nextFigure(): Buffer | undefined {
    if (this.#passedOver > 0) {
      const conflated = this.#passedOver;
      this.#passedOver = 0;
      return Buffer.from(JSON.stringify({ topic: this.channel.topic.name, conflated }));
    }
    for (const figure of this.#unsent) {
      this.#unsent.delete(figure);
      const bytes = figure.bytes();
      if (bytes !== undefined) return bytes;
    }
    return undefined;
  }
}
