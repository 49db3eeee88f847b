import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { SuhoError, sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Timers } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import { withoutTelemetry } from '../runtime/no-telemetry.js';
import type { BatchReport, BatchTask, TrialReport, TrialTask } from './batch-task.js';

export interface ThreadsOptions {
  /** The machine's, not the engine's: a thread that hangs does so whatever time it is in the engine. */
  readonly machine: Pick<Timers, 'after'>;
  readonly logger: Logger;
  /** As many as the machine has cores, less the one that decides. */
  readonly count?: number;
  readonly hangMs?: number;
  /** For tests: an entry point that does more than ours. */
  readonly entry?: URL;
}

/** Of a thread; it does one after the other. */
const TASKS = 2;

const ENTRY = new URL('../../workers/inference.js', import.meta.url);

/**
 * The threads that models run in. One that dies is replaced, and one that hangs is ended; its task fails with INFERENCE_FAILED,
 * always and soon, so that who waits for a task need not ask how the thread is.
 */
export class InferenceThreads {
  readonly count: number;
  /** Tasks that they may have at once: while one is computed, the next is there already, and no thread waits for the loop. */
  readonly capacity: number;
  readonly #options: ThreadsOptions;
  readonly #pool: Piscina;
  #closed = false;

  constructor(options: ThreadsOptions) {
    this.#options = options;
    this.count = options.count ?? Math.max(1, availableParallelism() - 1);
    this.capacity = TASKS * this.count;
    withoutTelemetry();
    this.#pool = this.#open();
  }

  answer(task: BatchTask): Promise<BatchReport> {
    return this.#run(task, 'answerBatch', [task.values.buffer as ArrayBuffer]);
  }

  try(task: TrialTask): Promise<TrialReport> {
    return this.#run(task, 'tryModel', []);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#pool.destroy();
  }

  #open(): Piscina {
    const pool = new Piscina({
      filename: fileURLToPath(this.#options.entry ?? ENTRY),
      minThreads: this.count,
      maxThreads: this.count,
      concurrentTasksPerWorker: TASKS,
      idleTimeout: Number.POSITIVE_INFINITY,
    });
    // A thread that dies with no task under way: it is replaced, and nobody waits for anything.
    pool.on('error', (error: unknown) => this.#options.logger.warn({ reason: sentence(error) }, 'an idle inference thread died'));
    return pool;
  }

  async #run<T>(task: object, name: string, transferList: ArrayBuffer[]): Promise<T> {
    if (this.#closed) throw new SuhoError('INFERENCE_FAILED', 'the inference threads are closed');
    const abort = new AbortController();
    const { hangMs = LIMITS.inference.hangMs, machine, logger } = this.#options;
    let hung = false;
    const cancel = machine.after(hangMs, () => {
      hung = true;
      abort.abort();
    });
    try {
      return (await this.#pool.run(task, { name, transferList, signal: abort.signal })) as T;
    } catch (error) {
      const why = this.#closed ? 'the threads are closed' : hung ? `it gave no answer in ${hangMs} ms` : sentence(error);
      if (!this.#closed) logger.warn({ reason: why }, 'an inference thread was lost');
      throw new SuhoError('INFERENCE_FAILED', `the thread that ran it was lost: ${why}`, { cause: error });
    } finally {
      cancel();
    }
  }
}
