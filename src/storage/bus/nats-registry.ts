/**
 * The registry in a bucket of JetStream. It lives from one connection of the bus to the next: each watches anew, and tells all
 * entries again before what changes. An answer that does not come in time is an error, and what was asked may have been done.
 */
import { type KV, type KvEntry, NatsError, type NatsConnection, type QueuedIterator } from 'nats';
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Timers } from '../../runtime/clock.js';
import type { Random } from '../../runtime/random.js';
import { decodePart, encodePart } from '../name-part.js';
import type { Packable } from '../packed.js';
import { backoffMs, pause } from './hand-over.js';
import { payloadBytes, payloadOf } from './payload.js';
import type { Registry, RegistryChange, RegistryEntry, RegistryWatch } from './registry.js';

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
}

export class NatsRegistry implements Registry {
  readonly #watchers = new Set<(change: RegistryChange) => void>();
  readonly #end = new AbortController();
  /** What the present connection has shown; undefined before it has shown anything. */
  #look: { readonly entries: Map<string, RegistryEntry>; whole: boolean } | undefined;
  #bucket: KV | undefined;
  #connection: NatsConnection | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly options: NatsRegistryOptions) {}

  /** Goes on over this connection. */
  serve(connection: NatsConnection): void {
    this.#connection = connection;
    this.#bucket = undefined;
    this.#running = this.#running.then(() => this.#serve(connection));
  }

  async close(): Promise<void> {
    this.#end.abort();
    this.#watchers.clear();
    await this.#running;
  }

  create(name: string, value: Packable): Promise<number | undefined> {
    return unlessChanged(this.#open().create(keyOf(name), payloadBytes(name, value)));
  }

  replace(name: string, value: Packable, revision: number): Promise<number | undefined> {
    return unlessChanged(this.#open().update(keyOf(name), payloadBytes(name, value), revision));
  }

  async remove(name: string, revision: number): Promise<boolean> {
    const removed = this.#open()
      .delete(keyOf(name), { previousSeq: revision })
      .then(() => 1);
    return (await unlessChanged(removed)) !== undefined;
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

  #open(): KV {
    if (this.#bucket === undefined || this.#connection?.isClosed() !== false)
      throw new SuhoError('UNREACHABLE', 'the registry of the cluster is out of reach');
    return this.#bucket;
  }

  async #serve(connection: NatsConnection): Promise<void> {
    const { timers, random, replicas } = this.options;
    for (let attempt = 1; this.#goesOn(connection); attempt++) {
      let looking: QueuedIterator<KvEntry> | undefined;
      try {
        const client = connection.jetstream({ timeout: LIMITS.cluster.answerMs });
        const bucket = await client.views.kv(BUCKET, { history: 1, replicas, timeout: LIMITS.cluster.answerMs });
        this.#bucket = bucket;
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
        // The bus says why it is down; what is asked of this meanwhile is refused.
        this.#bucket = undefined;
      }
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
    this.#tell({ kind: 'entry', entry: { name, value: found.value as Packable, revision } });
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

async function unlessChanged(asked: Promise<number>): Promise<number | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE) return undefined;
    throw error;
  }
}
