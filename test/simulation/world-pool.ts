/** Worlds over the cores that there are: each thread lives one at a time, and one that hangs or dies is replaced. */
import { Worker } from 'node:worker_threads';
import { drawPlan } from './fault-plan.js';
import type { SeedReport } from './run-seed.js';

export interface Asked {
  readonly seed: number;
  readonly places: readonly number[] | undefined;
}

export type Answered = { readonly report: SeedReport } | { readonly failure: string };

/** A world takes seconds; one that takes this long does not come to its end. */
const WORLD_MOST_MS = 180_000;
/** A world makes far more garbage than it keeps: with room for it a tenth less time goes into collecting. */
const YOUNG_MB = 192;
const WORKER = new URL('./world-worker.js', import.meta.url);

interface Waiting extends Asked {
  readonly resolve: (report: SeedReport) => void;
}

interface UnderWay extends Waiting {
  readonly timer: NodeJS.Timeout;
}

/** What is told of a world that came to no end: it fails, as one in which a checker has found something. */
function brokenOff({ seed, places }: Asked, what: string): SeedReport {
  return {
    seed,
    seconds: 0,
    simulatedSeconds: 0,
    places: places ?? drawPlan(seed).map((_, at) => at),
    faults: [],
    fired: {},
    edges: {},
    violations: [{ checker: 'theWorldItself', what }],
    delivered: 0,
    lost: 0,
    expiredUnseen: 0,
    redirects: 0,
    duplicated: 0,
    mixed: 0,
    latenciesMs: [],
    digest: '',
  };
}

export class WorldPool {
  readonly #queue: Waiting[] = [];
  readonly #workers = new Map<Worker, UnderWay | undefined>();
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
    await Promise.all([...this.#workers.keys()].map((worker) => worker.terminate()));
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
    const worker = new Worker(WORKER, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    this.#workers.set(worker, undefined);
    worker.on('message', (answered: Answered) => {
      const waiting = this.#workers.get(worker);
      if (waiting === undefined) return;
      if ('failure' in answered) return this.#lose(worker, answered.failure);
      this.#workers.set(worker, undefined);
      this.#idle.push(worker);
      this.#end(waiting, answered.report);
    });
    worker.on('error', (error) => this.#lose(worker, error.stack ?? error.message));
    worker.on('exit', (code) => this.#lose(worker, `its thread ended with ${code}`));
    return worker;
  }

  #give(worker: Worker, asked: Waiting): void {
    const timer = setTimeout(() => this.#lose(worker, 'it did not come to its end'), WORLD_MOST_MS);
    this.#workers.set(worker, { ...asked, timer });
    const { seed, places } = asked;
    worker.postMessage({ seed, places } satisfies Asked);
  }

  /** A thread in which something went wrong is not given another world. */
  #lose(worker: Worker, what: string): void {
    if (!this.#workers.has(worker)) return;
    const waiting = this.#workers.get(worker);
    this.#workers.delete(worker);
    void worker.terminate();
    if (waiting !== undefined) this.#end(waiting, brokenOff(waiting, what));
  }

  #end({ timer, resolve }: UnderWay, report: SeedReport): void {
    clearTimeout(timer);
    resolve(report);
    this.#next();
  }
}
