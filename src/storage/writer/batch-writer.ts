/**
 * Between the engine and a store: takes an item at once, hands items over in batches, and is the one that waits when the
 * store does not answer.
 *
 * Order is that of taking, always: first the batch in flight, then what is on disk, then what is in memory. Three rules keep
 * it. A batch goes straight from memory only while nothing is on disk. Before anything else is put on disk, the batch in
 * flight is, so that it is the head there. And while anything is on disk, all that is due in memory goes behind it.
 *
 * So a store that is away costs disk, not memory; a process that is killed meanwhile loses what it took within the last
 * `flushMs` and no more; and a batch whose answer was lost comes again as it was.
 *
 * At the bound of memory (the disk is full or gone as well) droppable items lose their oldest, counted, with the gap told in
 * its place; kept items are refused, and `full` says so before.
 */
import { sentence } from '../../errors.js';
import { LIMITS, type Limits } from '../../limits.js';
import { assert } from '../../runtime/assert.js';
import type { Activity } from '../../runtime/activity.js';
import { CircuitBreaker } from '../../runtime/circuit-breaker.js';
import type { Cancel, Clock } from '../../runtime/clock.js';
import type { Logger } from '../../runtime/logger.js';
import type { Random } from '../../runtime/random.js';
import { retryDelayMs } from './retry-delay.js';
import { type Codec, ItemsRefused, type Sink } from './sink.js';
import type { Extent, Spill } from './spill.js';

export interface BatchWriterOptions<T> {
  /** For logs. */
  readonly name: string;
  readonly sink: Sink<T>;
  readonly codec: Codec<T>;
  readonly spill: Spill;
  readonly loss: 'droppable' | 'kept';
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Told of work on the disk: where time is simulated, it waits for that. The sink tells of its own. */
  readonly activity?: Activity;
  readonly limits?: Partial<Limits['writer']>;
}

export interface WriterFigures {
  readonly queued: number;
  readonly spilled: number;
  readonly spilledBytes: number;
  readonly written: number;
  readonly dropped: number;
  /** Refused by the sink, however often it came. */
  readonly refused: number;
  /** Not taken: there was no room. */
  readonly turnedAway: number;
  readonly failures: number;
}

/** What goes to the sink next; a gap has no list. */
interface Entry<T> extends Extent {
  readonly list: readonly T[] | undefined;
  /** It is the head of the spill as well. */
  spilled: boolean;
}

export class BatchWriter<T> {
  readonly #options: BatchWriterOptions<T>;
  readonly #limits: Limits['writer'];
  readonly #breaker: CircuitBreaker;
  #queue: T[] = [];
  #takenAt: number[] = [];
  /** Dropped right before the queue's first item. */
  #gap: Extent | undefined;
  /** First of all: in flight, or waiting to be tried again where it could not be put on disk. */
  #ahead: Entry<T> | undefined;
  #running = false;
  #closing = false;
  #fault: string | undefined;
  #cancelFlush: Cancel | undefined;
  #wake: (() => void) | undefined;
  #ended: (() => void) | undefined;
  /** The spill's one caller at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #written = 0;
  #dropped = 0;
  #refused = 0;
  #turnedAway = 0;
  #failures = 0;

  constructor(options: BatchWriterOptions<T>) {
    this.#options = options;
    this.#limits = { ...LIMITS.writer, ...options.limits };
    const { breakerFailures, breakerOpenMs } = this.#limits;
    this.#breaker = new CircuitBreaker(options.clock, { failures: breakerFailures, openMs: breakerOpenMs });
    if (!options.spill.empty) this.#kick();
  }

  /** Whether it was taken; only a `kept` item is ever refused. Never waits. */
  offer(item: T): boolean {
    assert(!this.#closing, 'a writer that closes is offered nothing more');
    if (this.#queue.length >= this.#limits.queue) {
      if (this.#options.loss === 'kept') {
        this.#turnedAway += 1;
        return false;
      }
      this.#dropFromQueue();
    }
    this.#queue.push(item);
    this.#takenAt.push(this.#options.clock.nowMs());
    this.#armFlush();
    if (this.#queue.length % this.#limits.batchItems === 0) this.#kick();
    return true;
  }

  /** The next item may be refused: what is `kept` has no room left on disk, and hardly any in memory. */
  get full(): boolean {
    return this.#options.loss === 'kept' && this.#queue.length >= this.#limits.queue - this.#limits.batchItems;
  }

  /** Why the newest batch has not been stored; undefined while all is well. */
  get fault(): string | undefined {
    return this.#fault;
  }

  get figures(): WriterFigures {
    const { spill } = this.#options;
    return {
      queued: this.#queue.length,
      spilled: spill.items,
      spilledBytes: spill.bytes,
      written: this.#written,
      dropped: this.#dropped,
      refused: this.#refused,
      turnedAway: this.#turnedAway,
      failures: this.#failures,
    };
  }

  /** Stores what it can; what it cannot stays on disk for the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelFlush?.();
    this.#wake?.();
    this.#kick();
    if (this.#running) await new Promise<void>((resolve) => (this.#ended = resolve));
    await this.#alone(() => this.#spillQueue());
    const left = this.#queue.length + (this.#ahead?.items ?? 0);
    if (left > 0) this.#options.logger.error({ writer: this.#options.name, items: left }, 'items were lost at the end');
    await this.#options.spill.close();
  }

  #armFlush(): void {
    if (this.#queue.length === 0 || this.#closing || this.#cancelFlush !== undefined) return;
    const { clock } = this.#options;
    const { flushMs } = this.#limits;
    // What is overdue waits behind a batch in flight: it is looked at again, and not at every turn.
    const leftMs = Math.max((this.#takenAt[0] as number) + flushMs - clock.nowMs(), flushMs / 10);
    this.#cancelFlush = clock.after(leftMs, () => {
      this.#cancelFlush = undefined;
      this.#kick();
      this.#armFlush();
    });
  }

  /** Something may be due: to the sink, or where that is busy or away, to disk. */
  #kick(): void {
    if (!this.#running) {
      this.#running = true;
      void this.#run();
    } else if (this.#mustSpill) void this.#alone(() => this.#spillQueue());
  }

  get #mustSpill(): boolean {
    return this.#fault !== undefined || !this.#options.spill.empty || 2 * this.#queue.length >= this.#limits.queue;
  }

  get #due(): boolean {
    if (this.#queue.length === 0) return this.#gap !== undefined;
    const { clock } = this.#options;
    return (
      this.#closing ||
      this.#queue.length >= this.#limits.batchItems ||
      clock.nowMs() - (this.#takenAt[0] as number) >= this.#limits.flushMs
    );
  }

  async #run(): Promise<void> {
    for (;;) {
      const entry = await this.#next();
      // What became due after it was looked for found this loop still running, and started no other.
      if (entry === undefined && !this.#due) break;
      if (entry === undefined || (await this.#attempt(entry))) continue;
      if (this.#closing) break;
      await this.#pause();
    }
    this.#running = false;
    this.#ended?.();
  }

  /** What is to be tried next: puts it ahead. */
  #next(): Promise<Entry<T> | undefined> {
    return this.#alone(async () => {
      if (this.#ahead !== undefined) return this.#ahead;
      this.#ahead = (await this.#headOfSpill()) ?? (this.#due ? this.#cut() : undefined);
      return this.#ahead;
    });
  }

  /** What cannot be read back from the disk is a gap, and told as one. */
  async #headOfSpill(): Promise<Entry<T> | undefined> {
    const { spill, codec, name, logger } = this.#options;
    const head = spill.hold();
    if (head === undefined) return undefined;
    try {
      const body = await spill.read();
      return { ...head, list: body && codec.decode(body), spilled: true };
    } catch (error) {
      this.#dropped += head.items;
      logger.error({ writer: name, ...head }, `cannot be read back from the disk: ${sentence(error)}`);
      return { ...head, list: undefined, spilled: true };
    }
  }

  async #attempt(entry: Entry<T>): Promise<boolean> {
    const { sink } = this.#options;
    const { list, items, fromMs, toMs } = entry;
    try {
      await (list === undefined ? sink.markGap({ items, fromMs, toMs }) : sink.write({ items, fromMs, toMs, list }));
      if (list !== undefined) this.#written += items;
    } catch (error) {
      if (!(error instanceof ItemsRefused)) {
        await this.#failed(entry, error);
        return false;
      }
      this.#written += items - error.items;
      this.#refused += error.items;
      this.#options.logger.error({ writer: this.#options.name, items: error.items }, `refused for good: ${error.message}`);
    }
    await this.#delivered(entry);
    return true;
  }

  async #delivered(entry: Entry<T>): Promise<void> {
    if (this.#fault !== undefined) this.#options.logger.info({ writer: this.#options.name }, 'writes again');
    this.#fault = undefined;
    this.#breaker.succeeded();
    await this.#alone(async () => {
      this.#ahead = undefined;
      if (entry.spilled) await this.#options.spill.removed();
    }).catch((error) => {
      // The file stays, and its batches come once more after a restart.
      this.#options.logger.error({ writer: this.#options.name }, `cannot remove what was delivered: ${sentence(error)}`);
    });
  }

  async #failed(entry: Entry<T>, error: unknown): Promise<void> {
    const { name, spill, logger } = this.#options;
    if (this.#fault === undefined) logger.warn({ writer: name }, `does not write: ${sentence(error)}`);
    this.#fault = sentence(error);
    this.#failures += 1;
    this.#breaker.failed();
    await this.#alone(async () => {
      if (!entry.spilled) entry.spilled = await this.#append(entry);
      else spill.release();
      // From now on it is the head of the spill; where there was no room on disk it stays in memory, still ahead of all.
      if (entry.spilled) this.#ahead = undefined;
      await this.#spillQueue();
    });
  }

  /** Until the store may be tried again, or the writer closes. */
  #pause(): Promise<void> {
    const { random, clock } = this.#options;
    const delays = { firstMs: this.#limits.retryFirstMs, mostMs: this.#limits.retryMostMs };
    const waitMs = Math.max(this.#breaker.waitMs(), retryDelayMs(this.#breaker.failures, delays, random));
    return new Promise((resolve) => {
      const cancel = clock.after(waitMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Puts all that is due on disk, behind the batch in flight. */
  async #spillQueue(): Promise<void> {
    const ahead = this.#ahead;
    if (ahead !== undefined && !ahead.spilled) {
      ahead.spilled = await this.#append(ahead);
      if (!ahead.spilled) return;
      // It is in flight, and the head of the spill now.
      this.#options.spill.hold();
    }
    while (this.#due && (this.#mustSpill || this.#closing)) {
      const entry = this.#cut();
      if (entry === undefined || (await this.#append(entry))) continue;
      this.#uncut(entry);
      return;
    }
  }

  #cut(): Entry<T> | undefined {
    const gap = this.#gap;
    if (gap !== undefined) {
      this.#gap = undefined;
      return { ...gap, list: undefined, spilled: false };
    }
    if (this.#queue.length === 0) return undefined;
    const list = this.#queue.splice(0, this.#limits.batchItems);
    const times = this.#takenAt.splice(0, list.length);
    return { items: list.length, fromMs: times[0] as number, toMs: times.at(-1) as number, list, spilled: false };
  }

  /** Times between the first and the last are not kept: each item back in the queue is as old as the first. */
  #uncut({ list, items, fromMs, toMs }: Entry<T>): void {
    if (list === undefined) this.#gap = merged({ items, fromMs, toMs }, this.#gap);
    else {
      this.#queue = [...list, ...this.#queue];
      this.#takenAt = [...list.map(() => fromMs), ...this.#takenAt];
    }
  }

  /** Puts an entry at the end of the spill; false where there is no room for it. */
  async #append({ list, items, fromMs, toMs }: Entry<T>): Promise<boolean> {
    const { spill, codec, loss, name, logger } = this.#options;
    const body = list && codec.encode(list);
    try {
      while (!(await spill.append({ items, fromMs, toMs, body }))) {
        const lost = loss === 'droppable' ? await spill.dropOldest() : undefined;
        if (lost === undefined) return false;
        this.#dropped += lost.items;
        logger.error({ writer: name, ...lost }, 'dropped the oldest of what waits on disk');
      }
      return true;
    } catch (error) {
      logger.error({ writer: name }, `cannot put on disk what the store does not take: ${sentence(error)}`);
      return false;
    }
  }

  #dropFromQueue(): void {
    const items = this.#queue.splice(0, this.#limits.batchItems).length;
    const times = this.#takenAt.splice(0, items);
    const lost = { items, fromMs: times[0] as number, toMs: times.at(-1) as number };
    this.#dropped += items;
    this.#gap = merged(this.#gap, lost);
    const { name, logger } = this.#options;
    logger.error({ writer: name, ...lost }, 'dropped the oldest of what waits in memory');
  }

  #alone<R>(work: () => Promise<R>): Promise<R> {
    const { activity } = this.#options;
    activity?.begin();
    const done = this.#turn.then(work).finally(() => activity?.end());
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

function merged(a: Extent | undefined, b: Extent | undefined): Extent | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { items: a.items + b.items, fromMs: Math.min(a.fromMs, b.fromMs), toMs: Math.max(a.toMs, b.toMs) };
}
