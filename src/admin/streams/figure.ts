/** Something of which only the newest counts: a price, a candle in progress, an account's money. */
import { Shared } from './shared-message.js';
import type { Owner } from './topics.js';

export class Figure {
  #message: Shared | undefined;

  constructor(
    readonly topic: string,
    readonly owner: Owner,
    /** As it is now; undefined while there is none. */
    private read: () => unknown,
  ) {}

  /** What was made of it is not the newest any more. */
  changed(read: () => unknown): void {
    this.read = read;
    this.#message = undefined;
  }

  /** The same bytes for all until it changes; undefined while there is nothing to say. */
  bytes(): Buffer | undefined {
    if (this.#message === undefined) {
      const data = this.read();
      if (data === undefined) return undefined;
      const { topic } = this;
      this.#message = new Shared(() => ({ topic, data }));
    }
    return this.#message.bytes();
  }
}
