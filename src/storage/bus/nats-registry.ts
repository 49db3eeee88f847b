/**
 * The registry in a bucket of JetStream. It lives from one connection of the bus to the next: each watches anew, and tells all
 * entries again before what changes. An answer that does not come in time is an error, and what was asked may have been done.
 */
import { type KV, type KvEntry, NatsError, type NatsConnection, type QueuedIterator } from 'nats';
import { SuhoError } from '../../errors.js';
import type { Timers } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import { decodePart, encodePart } from '../name-part.js';
import { backoffMs, pause } from './hand-over.js';
import { payloadBytes, payloadOf } from './payload.js';
import type { Registry, RegistryChange, RegistryEntry, RegistryValue, RegistryWatch } from './registry.js';

const BUCKET = 'suho';
/** The entry has another number than the one that was named. */
const WRONG_LAST_SEQUENCE = 10_071;

/** A bucket takes no % in a name. */
const keyOf = (name: string): string => encodePart(name).replaceAll('%', '=');
const nameOf = (key: string): string => decodePart(key.replaceAll('=', '%'));

export interface NatsRegistryOptions {
  readonly timers: Pick<Timers, 'after'>;
  readonly random: Random;
  readonly replicas: number;
  /** An answer is waited for so long. */
  readonly answerMs: number;
}

export class NatsRegistry implements Registry {
  readonly #watchers = new Set<(change: RegistryChange) => void>();
  readonly #end = new AbortController();
  /** What the present connection has shown; undefined before it has shown anything. */
  #look: { readonly entries: Map<string, RegistryEntry>; whole: boolean } | undefined;
  /** On the present connection, once it is opened there. */
  #bucket: Promise<KV> | undefined;
  #connection: NatsConnection | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly options: NatsRegistryOptions) {}

  /** Goes on over this connection. */
  serve(connection: NatsConnection): void {
    this.#connection = connection;
    this.#open(connection);
    this.#running = this.#running.then(() => this.#serve(connection));
  }

  async close(): Promise<void> {
    this.#end.abort();
    this.#watchers.clear();
    await this.#running;
  }

  create(name: string, value: RegistryValue): Promise<number | undefined> {
    return this.#unlessChanged((bucket) => bucket.create(keyOf(name), payloadBytes(name, value)));
  }

  replace(name: string, value: RegistryValue, revision: number): Promise<number | undefined> {
    return this.#unlessChanged((bucket) => bucket.update(keyOf(name), payloadBytes(name, value), revision));
  }

  async remove(name: string, revision: number): Promise<boolean> {
    const removed = await this.#unlessChanged(async (bucket) => {
      await bucket.delete(keyOf(name), { previousSeq: revision });
      return true;
    });
    return removed ?? false;
  }

  watch(heard: (change: RegistryChange) => void): RegistryWatch {
    this.#watchers.add(heard);
    // One that comes in the middle of a look is told what was heard so far, and then the rest with the others.
    queueMicrotask(() => {
      if (!this.#watchers.has(heard) || this.#look === undefined) return;
      heard({ kind: 'anew' });
      for (const entry of this.#look.entries.values()) heard({ kind: 'entry', entry });
      if (this.#look.whole) heard({ kind: 'whole' });
    });
    return { close: () => void this.#watchers.delete(heard) };
  }

  /** Undefined where the entry has another number than the one that was named. */
  async #unlessChanged<T>(ask: (bucket: KV) => Promise<T>): Promise<T | undefined> {
    if (this.#bucket === undefined || this.#connection?.isClosed() !== false)
      throw new SuhoError('UNREACHABLE', 'the registry of the cluster is out of reach');
    try {
      return await ask(await this.#bucket);
    } catch (error) {
      if (error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE) return undefined;
      throw error;
    }
  }

  #open(connection: NatsConnection): Promise<KV> {
    const { replicas, answerMs: timeout } = this.options;
    const bucket = connection.jetstream({ timeout }).views.kv(BUCKET, { history: 1, replicas, timeout });
    // Whoever asks hears of it.
    bucket.catch(() => {});
    this.#bucket = bucket;
    return bucket;
  }

  async #serve(connection: NatsConnection): Promise<void> {
    const { timers, random } = this.options;
    let opening = this.#bucket;
    for (let attempt = 1; this.#goesOn(connection); attempt++) {
      let looking: QueuedIterator<KvEntry> | undefined;
      try {
        opening ??= this.#open(connection);
        const bucket = await opening;
        this.#tell({ kind: 'anew' });
        looking = await bucket.watch({ initializedFn: () => this.#tell({ kind: 'whole' }) });
        const stop = (): void => looking?.stop();
        this.#end.signal.addEventListener('abort', stop, { once: true });
        if (!this.#goesOn(connection)) stop();
        for await (const entry of looking) {
          attempt = 0;
          this.#heard(entry);
          if (!this.#goesOn(connection)) break;
        }
      } catch {
        // The bus says why it is down; what is asked of this meanwhile fails.
      }
      opening = undefined;
      looking?.stop();
      if (this.#goesOn(connection)) await pause(backoffMs(attempt + 1, random), timers, this.#end.signal);
    }
  }

  #goesOn(connection: NatsConnection): boolean {
    return !this.#end.signal.aborted && this.#connection === connection && !connection.isClosed();
  }

  #heard({ key, value, revision, operation }: KvEntry): void {
    const name = nameOf(key);
    if (operation !== 'PUT') return this.#tell({ kind: 'gone', name });
    const found = payloadOf(value);
    // Of a later version, or not ours: as good as not there, and nobody can take its place by a number that he does not know.
    if (found.kind !== 'value') return;
    this.#tell({ kind: 'entry', entry: { name, value: found.value as RegistryValue, revision } });
  }

  #tell(change: RegistryChange): void {
    if (change.kind === 'anew') this.#look = { entries: new Map(), whole: false };
    else if (this.#look !== undefined) {
      if (change.kind === 'whole') this.#look.whole = true;
      else if (change.kind === 'gone') this.#look.entries.delete(change.name);
      else this.#look.entries.set(change.entry.name, change.entry);
    }
    for (const heard of this.#watchers) heard(change);
  }
}
