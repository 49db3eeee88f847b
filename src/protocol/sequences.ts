/**
 * The numbers of one session, for either side. Sans-I/O, and gone with the session: what was not acked is handed back and
 * goes out again in the next one, flagged, under new numbers.
 */
import { LIMITS } from '../limits.js';
import { assert } from '../runtime/assert.js';

/** Numbers what is sent and keeps it until the other side says that it is durable there. */
export class OutgoingSequence<T> {
  readonly #kept: { readonly seq: number; readonly item: T }[] = [];
  /** Index in `#kept` of the oldest item not acked: shifting one by one would cost the whole array each time. */
  #first = 0;
  #last = 0;
  #acked = 0;

  constructor(readonly bound: number = LIMITS.session.unacked) {}

  /** Number of the newest frame; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  get unacked(): number {
    return this.#kept.length - this.#first;
  }

  /** At the bound the sender waits: nothing that carries a number is ever dropped. */
  get full(): boolean {
    return this.unacked >= this.bound;
  }

  /** Keeps `item` and answers its number. */
  next(item: T): number {
    assert(!this.full, 'a full sequence takes nothing more');
    this.#last += 1;
    this.#kept.push({ seq: this.#last, item });
    return this.#last;
  }

  /**
   * Takes the ack of a frame that came. 'bad-ack' says that it names what was never sent, or takes back an earlier one:
   * the session cannot go on.
   */
  acknowledge(ack: number, release?: (item: T) => void): 'ok' | 'bad-ack' {
    if (ack > this.#last || ack < this.#acked) return 'bad-ack';
    this.#acked = ack;
    for (let entry = this.#kept[this.#first]; entry && entry.seq <= ack; entry = this.#kept[this.#first]) {
      this.#first += 1;
      release?.(entry.item);
    }
    if (this.#first * 2 > this.#kept.length) {
      this.#kept.splice(0, this.#first);
      this.#first = 0;
    }
    return 'ok';
  }

  /** Ends the session: what was not acked, in order, to be sent again in the next one. */
  end(): readonly T[] {
    return this.#kept
      .splice(0)
      .slice(this.#first)
      .map(({ item }) => item);
  }
}

/** Checks the numbers that come, and knows what may be acked and since when an ack is owed. */
export class IncomingSequence {
  #received = 0;
  #durable = 0;
  #told = 0;
  #owedSinceMs: number | undefined;
  /** Numbers that became durable before an earlier one did. */
  readonly #ahead = new Set<number>();

  /** Number of the newest frame that came; 0 before the first. */
  get received(): number {
    return this.#received;
  }

  /** The ack to put in the next frame: every frame up to it is durable here. */
  get ack(): number {
    return this.#durable;
  }

  /** Since when the other side waits for an ack that has not left. */
  get owedSinceMs(): number | undefined {
    return this.#owedSinceMs;
  }

  /** When that ack must leave at the latest. */
  get dueMs(): number | undefined {
    return this.#owedSinceMs === undefined ? undefined : this.#owedSinceMs + LIMITS.session.ackOwedMs;
  }

  /** Frames that came and are not durable: past a bound the session is refused as busy. */
  get pending(): number {
    return this.#received - this.#durable;
  }

  /** 'gap' for anything but the next number: the session cannot go on. */
  accept(seq: number): 'ok' | 'gap' {
    if (seq !== this.#received + 1) return 'gap';
    this.#received = seq;
    return 'ok';
  }

  /** The frame `seq` is committed; commits may end in another order than frames came. */
  durable(seq: number, nowMs: number): void {
    assert(seq >= 1 && seq <= this.#received, 'only what came can become durable');
    if (seq <= this.#durable) return;
    this.#ahead.add(seq);
    while (this.#ahead.delete(this.#durable + 1)) this.#durable += 1;
    if (this.#durable > this.#told) this.#owedSinceMs ??= nowMs;
  }

  /** A frame with the present `ack` has left. */
  told(): void {
    this.#told = this.#durable;
    this.#owedSinceMs = undefined;
  }
}
