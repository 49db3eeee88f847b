/**
 * The embedded pattern store in a thread of its own, so that a search never takes a turn of the loop that decides. What it
 * is, is in `embedded-patterns.ts`; here are only the calls there and the answers back, in the order in which they were made.
 *
 * A thread that dies fails the calls that wait, and is a fault until the next call starts another: whatever was answered is on the
 * disk, and what was not is read from there as after a kill.
 */
import { Worker } from 'node:worker_threads';
import { type ErrorCode, SuhoError, sentence } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import type {
  Collection,
  Filters,
  Items,
  Kept,
  NearestQuery,
  Neighbour,
  Outcome,
  Pattern,
  PatternStore,
  PatternsCopy,
  Placed,
  Sighting,
} from '../patterns.js';

/** What of the store can be called. */
export type PatternMethod = Exclude<keyof PatternStore, 'fault'>;

/** What the thread is given. */
export interface ThreadSettings {
  readonly dataFolder: string;
}

/** What the thread is told, and what it answers; each answer brings the store's fault as it is then. */
export interface ThreadCall {
  readonly number: number;
  readonly method: PatternMethod;
  readonly values: readonly unknown[];
}
export type ThreadReport =
  | { readonly number: number; readonly value: unknown; readonly fault: string | undefined }
  | { readonly number: number; readonly failed: ThreadError; readonly fault: string | undefined };

export interface ThreadError {
  readonly code: ErrorCode;
  readonly message: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: SuhoError) => void;
}

const ENTRY = new URL('../../../../workers/patterns.js', import.meta.url);

export class PatternThread implements PatternStore {
  readonly #settings: ThreadSettings;
  readonly #entry: URL;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #number = 0;
  #fault: string | undefined;
  #closed: Promise<void> | undefined;

  private constructor(dataFolder: string, entry: URL) {
    this.#settings = { dataFolder };
    this.#entry = entry;
  }

  /** `entry` is for tests: an entry point that does more than ours. */
  static async open(dataFolder: string, entry: URL = ENTRY): Promise<PatternThread> {
    const store = new PatternThread(dataFolder, entry);
    await store.#call('ready');
    return store;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  async ready(): Promise<boolean> {
    return this.#closed === undefined && (await this.#call<boolean>('ready').catch(() => false));
  }

  keep(tenantId: string, sighting: Placed<Sighting>): Promise<Kept> {
    return this.#call('keep', tenantId, sighting);
  }

  recordOutcome(tenantId: string, patternId: string, outcome: Outcome): Promise<Pattern | undefined> {
    return this.#call('recordOutcome', tenantId, patternId, outcome);
  }

  put<C extends Collection>(tenantId: string, collection: C, items: readonly Placed<Items[C]>[]): Promise<void> {
    return this.#call('put', tenantId, collection, items);
  }

  get<C extends Collection>(tenantId: string, collection: C, id: string): Promise<Placed<Items[C]> | undefined> {
    return this.#call('get', tenantId, collection, id);
  }

  remove(tenantId: string, collection: Collection, ids: readonly string[]): Promise<void> {
    return this.#call('remove', tenantId, collection, ids);
  }

  nearest<C extends Collection>(
    tenantId: string,
    collection: C,
    vector: Float32Array,
    query: NearestQuery<Filters[C]>,
  ): Promise<readonly Neighbour<Items[C]>[]> {
    return this.#call('nearest', tenantId, collection, vector, query);
  }

  page<C extends Collection>(tenantId: string, collection: C, after?: string): Promise<readonly Placed<Items[C]>[]> {
    return this.#call('page', tenantId, collection, after);
  }

  deleteTenant(tenantId: string): Promise<void> {
    return this.#call('deleteTenant', tenantId);
  }

  snapshotTo(folder: string): Promise<PatternsCopy> {
    return this.#call('snapshotTo', folder);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    try {
      await this.#send(worker, 'close', []);
    } finally {
      this.#worker = undefined;
      await worker.terminate();
    }
  }

  #call<R>(method: PatternMethod, ...values: readonly unknown[]): Promise<R> {
    if (this.#closed !== undefined) return Promise.reject(new SuhoError('UNREACHABLE', 'the pattern store is closed'));
    if (this.#waiting.size >= LIMITS.patterns.waiting)
      return Promise.reject(
        new SuhoError('UNREACHABLE', `more than ${LIMITS.patterns.waiting} calls wait for the pattern store`),
      );
    this.#worker ??= this.#start();
    return this.#send(this.#worker, method, values) as Promise<R>;
  }

  #send(worker: Worker, method: PatternMethod, values: readonly unknown[]): Promise<unknown> {
    this.#number += 1;
    const number = this.#number;
    return new Promise((resolve, reject) => {
      // Copied, not moved: a vector is the caller's, and of 512 bytes.
      worker.postMessage({ number, method, values } satisfies ThreadCall);
      this.#waiting.set(number, { resolve, reject });
    });
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { workerData: this.#settings });
    let why: string | undefined;
    worker.on('message', (report: ThreadReport) => this.#take(report));
    worker.on('error', (error) => {
      why = sentence(error);
    });
    worker.on('exit', (code) => this.#lost(worker, why ?? `it ended with code ${code}`));
    return worker;
  }

  #take(report: ThreadReport): void {
    const waiting = this.#waiting.get(report.number);
    this.#waiting.delete(report.number);
    this.#fault = report.fault;
    if ('failed' in report) waiting?.reject(new SuhoError(report.failed.code, report.failed.message));
    else waiting?.resolve(report.value);
  }

  #lost(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#fault = `the thread of the pattern store was lost: ${why}`;
    const error = new SuhoError('UNREACHABLE', this.#fault);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
