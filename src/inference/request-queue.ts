import { assert } from '../runtime/assert.js';
import { LIMITS } from '../limits.js';

/** What the queue knows of a request. */
export interface Waiting {
  /** The model it is for; requests of one model may leave together. */
  readonly key: string;
  /** Rows that it asks for. */
  readonly count: number;
}

/**
 * Requests that no thread has taken yet, by model. A batch is of one model: the one whose oldest request has waited longest, so
 * a busy model cannot keep another waiting. Its requests leave in the order they came; one of more rows than a batch leaves alone.
 */
export class RequestQueue<T extends Waiting> {
  readonly #groups = new Map<string, Set<T>>();
  #size = 0;

  constructor(readonly limits: { readonly queue: number; readonly batchRows: number } = LIMITS.inference) {}

  get size(): number {
    return this.#size;
  }

  /** False: there is no room. */
  add(request: T): boolean {
    if (this.#size >= this.limits.queue) return false;
    const group = this.#groups.get(request.key);
    if (group === undefined) this.#groups.set(request.key, new Set([request]));
    else group.add(request);
    this.#size += 1;
    return true;
  }

  /** False: it was not there any more. */
  remove(request: T): boolean {
    const group = this.#groups.get(request.key);
    if (group === undefined || !group.delete(request)) return false;
    if (group.size === 0) this.#groups.delete(request.key);
    this.#size -= 1;
    return true;
  }

  /** Whether some model's requests fill a batch: then there is nothing to wait for. */
  hasFullBatch(): boolean {
    for (const group of this.#groups.values()) {
      let rows = 0;
      for (const { count } of group) {
        rows += count;
        if (rows >= this.limits.batchRows) return true;
      }
    }
    return false;
  }

  /** The next batch; empty when nothing waits. */
  take(): readonly T[] {
    const [next] = this.#groups;
    if (next === undefined) return [];
    const [key, group] = next;
    const batch: T[] = [];
    let rows = 0;
    for (const request of group) {
      if (batch.length > 0 && rows + request.count > this.limits.batchRows) break;
      batch.push(request);
      rows += request.count;
    }
    for (const request of batch) group.delete(request);
    this.#size -= batch.length;
    // What is left goes behind the models that wait already.
    this.#groups.delete(key);
    if (group.size > 0) this.#groups.set(key, group);
    assert(batch.length > 0, 'a model that waits has a request');
    return batch;
  }

  /** All that waits, in the order of models; nothing is left. */
  drain(): readonly T[] {
    const all = [...this.#groups.values()].flatMap((group) => [...group]);
    this.#groups.clear();
    this.#size = 0;
    return all;
  }
}
