import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { From, Kept } from './bus.js';
import type { StoredMessage } from './hand-over.js';
import type { StreamName, StreamSpec } from './streams.js';
import { matches } from './subjects.js';

interface Entry extends StoredMessage {
  readonly atMs: number;
}

/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 200;
/** Ids remembered; a stream that takes more within the window forgets the oldest, as one of a later window would be. */
const IDS = LIMITS.bus.memoryBytes / ENTRY_BYTES;

/** One stream in process: numbered, bounded in age and bytes, each id once within the window. */
export class MemoryStream {
  readonly #entries = new Map<number, Entry>();
  readonly #ids = new Map<string, { readonly sequence: number; readonly atMs: number }>();
  /** Where each consumer stands, by its name. */
  readonly places = new Map<string, number>();
  readonly #woken = new Set<() => void>();
  /** How often it has lost everything. */
  wipes = 0;
  #last = 0;
  #bytes = 0;

  constructor(
    readonly name: StreamName,
    private readonly spec: StreamSpec,
    private readonly dedupMs: number,
    private readonly clock: { nowMs(): number },
  ) {}

  get last(): number {
    return this.#last;
  }

  keep(subject: string, id: string, bytes: Uint8Array): Kept {
    const atMs = this.clock.nowMs();
    this.#age(atMs);
    const known = this.#ids.get(id);
    if (known !== undefined) return { sequence: known.sequence, duplicate: true };
    const cost = ENTRY_BYTES + bytes.length;
    const most = Math.min(this.spec.maxBytes, LIMITS.bus.memoryBytes);
    if (this.spec.atBound === 'refused' && this.#bytes + cost > most) {
      throw new SuhoError('BUS_FULL', `${this.name} holds ${this.#bytes} bytes and takes no more: ${subject} is not kept.`);
    }
    this.#last += 1;
    this.#entries.set(this.#last, { subject, id, sequence: this.#last, bytes, atMs });
    this.#ids.set(id, { sequence: this.#last, atMs });
    for (const [oldest] of this.#ids) {
      if (this.#ids.size <= IDS) break;
      this.#ids.delete(oldest);
    }
    this.#bytes += cost;
    for (const [oldest] of this.#entries) {
      if (this.#bytes <= most) break;
      this.#remove(oldest);
    }
    for (const wake of [...this.#woken]) wake();
    return { sequence: this.#last, duplicate: false };
  }

  /** As if its server had lost its disk: it counts from one again, and knows no consumer. */
  wipe(): void {
    this.wipes += 1;
    this.#entries.clear();
    this.#ids.clear();
    this.places.clear();
    this.#last = 0;
    this.#bytes = 0;
  }

  /** The first after a number that the pattern fits. */
  after(position: number, pattern: string): StoredMessage | undefined {
    this.#age(this.clock.nowMs());
    const [first] = this.#entries.keys();
    if (first === undefined) return undefined;
    for (let sequence = Math.max(position + 1, first); sequence <= this.#last; sequence++) {
      const entry = this.#entries.get(sequence);
      if (entry !== undefined && matches(pattern, entry.subject)) return entry;
    }
    return undefined;
  }

  /** The place of a consumer that may be new. */
  placeOf(durable: string, from: From): number {
    const place = this.places.get(durable) ?? (from === 'oldest' ? 0 : from === 'new' ? this.#last : from - 1);
    this.places.set(durable, place);
    return place;
  }

  /** Resolves when something is kept, or when the signal comes. */
  grown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        this.#woken.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#woken.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #age(nowMs: number): void {
    for (const [sequence, { atMs }] of this.#entries) {
      if (atMs + this.spec.maxAgeMs > nowMs) break;
      this.#remove(sequence);
    }
    for (const [id, { atMs }] of this.#ids) {
      if (atMs + this.dedupMs > nowMs) break;
      this.#ids.delete(id);
    }
  }

  #remove(sequence: number): void {
    const entry = this.#entries.get(sequence);
    if (entry === undefined) return;
    this.#entries.delete(sequence);
    this.#bytes -= ENTRY_BYTES + entry.bytes.length;
  }
}
