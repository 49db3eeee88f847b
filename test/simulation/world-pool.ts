/** Worlds over the cores that there are: each thread lives one at a time, and one that hangs or dies is replaced. */
import { Worker } from 'node:worker_threads';
import type { SeedReport } from './run-seed.js';

export interface Asked {
  readonly seed: number;
  readonly places: readonly number[] | undefined;
}

export type Answered = { readonly report: SeedReport } | { readonly failure: string };

/** A world takes seconds; one that takes this long does not come to its end. */
const WORLD_MOST_MS = 180_000;
const WORKER = new URL('./world-worker.js', import.meta.url);

interface Waiting extends Asked {
  readonly resolve: (report: SeedReport) => void;
}

/** What is told of a world that came to no end: it fails, as one in which a checker has found something. */
function brokenOff({ seed, places }: Asked, what: string): SeedReport {
  return {
    seed,
    seconds: 0,
    simulatedSeconds: 0,
    places: places ?? [],
    faults: [],
    fired: {},
    edges: {},
    violations: [{ checker: 'theWorldItself', what }],
    delivered: 0,
    lost: 0,
    duplicated: 0,
    mixed: 0,
    latenciesMs: [],
  };
}

export class WorldPool {
  readonly #queue: Waiting[] = [];
  readonly #workers = new Set<Worker>();
  readonly #idle: Worker[] = [];
  #closed = false;

  constructor(readonly size: number) {}

  run(seed: number, places?: readonly number[]): Promise<SeedReport> {
    return new Promise((resolve) => {
      this.#queue.push({ seed, places, resolve });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #next(): void {
    if (this.#closed || this.#queue.length === 0) return;
    const worker = this.#idle.pop() ?? this.#spawn();
    const waiting = worker && this.#queue.shift();
    if (worker !== undefined && waiting !== undefined) this.#give(worker, waiting);
  }

  #spawn(): Worker | undefined {
    if (this.#workers.size >= this.size) return undefined;
    const worker = new Worker(WORKER);
    this.#workers.add(worker);
    return worker;
  }

  #give(worker: Worker, waiting: Waiting): void {
    const { seed, places } = waiting;
    const done = (report: SeedReport, lives: boolean): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      if (lives) this.#idle.push(worker);
      else {
        this.#workers.delete(worker);
        void worker.terminate();
      }
      waiting.resolve(report);
      this.#next();
    };
    const timer = setTimeout(() => done(brokenOff(waiting, 'it did not come to its end'), false), WORLD_MOST_MS);
    worker.once('message', (answered: Answered) => {
      if ('report' in answered) done(answered.report, true);
      else done(brokenOff(waiting, answered.failure), false);
    });
    worker.once('error', (error) => done(brokenOff(waiting, error.stack ?? error.message), false));
    worker.once('exit', (code) => done(brokenOff(waiting, `its thread ended with ${code}`), false));
    worker.postMessage({ seed, places } satisfies Asked);
  }
}
