/**
 * Messages to be kept, from `keep` to the server's answer, in the order of their coming. While a connection stands, some are under
 * way at once; when it falls, what was not answered goes again from the first on, before anything newer. The server knows a repeat
 * by its id, so a message whose answer was lost is stored once, and those of one subject are stored in the order they were given.
 */
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Kept } from './bus.js';
import type { StreamName } from './streams.js';

export interface OutMessage {
  readonly subject: string;
  readonly stream: StreamName;
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Thrown by a `Send`: the server has answered, and will not keep it. Whatever else is thrown is no answer. */
export class Refused extends Error {}

export type Send = (message: OutMessage) => Promise<Kept>;

interface Entry {
  readonly message: OutMessage;
  readonly resolve: (kept: Kept) => void;
  readonly reject: (error: Error) => void;
}

export class Outbox {
  /** After those under way, in order. */
  #unsent: Entry[] = [];
  readonly #underWay = new Set<Entry>();
  #send: Send | undefined;
  #lost: (why: string) => void = () => {};
  #count = 0;
  #bytes = 0;
  #emptied: () => void = () => {};

  get size(): number {
    return this.#count;
  }

  /** Resolves when nothing waits any more. */
  empty(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count === 0) resolve();
      else this.#emptied = resolve;
    });
  }

  add(message: OutMessage): Promise<Kept> {
    const { outbox, outboxBytes } = LIMITS.bus;
    if (this.#count >= outbox || this.#bytes + message.bytes.length > outboxBytes) {
      const why = `${this.#count} messages wait for the bus; ${message.subject} is not kept.`;
      return Promise.reject(new SuhoError('UNREACHABLE', why));
    }
    this.#count += 1;
    this.#bytes += message.bytes.length;
    return new Promise((resolve, reject) => {
      this.#unsent.push({ message, resolve, reject });
      this.#pump();
    });
  }

  /** A connection stands; `lost` is called once when it gave no answer. */
  open(send: Send, lost: (why: string) => void): void {
    this.#send = send;
    this.#lost = lost;
    this.#pump();
  }

  /** It has fallen. */
  shut(): void {
    this.#send = undefined;
    this.#unsent = [...this.#underWay, ...this.#unsent];
    this.#underWay.clear();
  }

  /** Nothing of it will be sent any more. */
  end(): void {
    this.shut();
    for (const entry of this.#unsent) {
      this.#settled(entry);
      entry.reject(new SuhoError('UNREACHABLE', `The bus is closed: whether ${entry.message.subject} was kept is not known.`));
    }
    this.#unsent = [];
  }

  #pump(): void {
    const send = this.#send;
    if (send === undefined) return;
    const room = LIMITS.bus.inFlight - this.#underWay.size;
    if (room <= 0 || this.#unsent.length === 0) return;
    for (const entry of this.#unsent.splice(0, room)) {
      this.#underWay.add(entry);
      void this.#sent(entry, send);
    }
  }

  async #sent(entry: Entry, send: Send): Promise<void> {
    try {
      const kept = await send(entry.message);
      if (this.#send !== send) return;
      this.#underWay.delete(entry);
      this.#settled(entry);
      entry.resolve(kept);
    } catch (error) {
      if (this.#send !== send) return;
      if (!(error instanceof Refused)) return this.#lost(`it did not answer: ${sentence(error)}`);
      this.#underWay.delete(entry);
      this.#settled(entry);
      entry.reject(
        new SuhoError('BUS_FULL', `${entry.message.stream} does not keep ${entry.message.subject}: ${error.message}.`),
      );
    }
    this.#pump();
  }

  #settled({ message }: Entry): void {
    this.#count -= 1;
    this.#bytes -= message.bytes.length;
    if (this.#count === 0) this.#emptied();
  }
}
