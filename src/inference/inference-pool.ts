/**
 * Answers requests for predictions by batches that run in threads.
 *
 * A request waits until the turn of the event loop ends, so that all that fall together leave together, or until a batch is full,
 * or until a thread is free: while all are busy more requests come, and the next batch is the larger. There is no timer in it.
 * A thread has one batch in hand and at most one more, so that it need not wait for the loop; a request that is too old before its
 * batch leaves has never burdened a thread.
 *
 * A request is settled once: by its answer, by its deadline, by a failure of its model, or by closing. The deadline is its own:
 * the batch goes on for the others, and what it brings for the late one is dropped. A batch whose thread was lost is run once
 * more, with the requests that are still waiting for it; so rows are kept until they are answered and copied for each run.
 */
import { SuhoError, sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import { Activity } from '../runtime/activity.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import { endOfTurn } from '../runtime/turn.js';
import type { BatchReport, ModelSource, TrialReport } from './batch-task.js';
import { RequestQueue, type Waiting } from './request-queue.js';
import type { InferenceThreads } from './threads.js';

export interface PoolOptions {
  readonly threads: Pick<InferenceThreads, 'answer' | 'try' | 'close' | 'count' | 'capacity'>;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
  /** Holds a stepped clock while a batch is under way. */
  readonly activity?: Activity;
  readonly limits?: {
    readonly runRows: number;
    readonly batchRows: number;
    readonly requestRows: number;
    readonly queue: number;
  };
}

export interface PoolRequest {
  readonly model: ModelSource;
  /** Numbers of one row. */
  readonly rowLength: number;
  /** One row or several, one after the other; not to be written to until it is answered. */
  readonly rows: Float64Array;
  /** From now on. */
  readonly deadlineMs: number;
}

/** Outputs by name, the rows one after the other. */
export type ModelAnswer = ReadonlyMap<string, Float64Array>;

/** What became of a batch of a model. */
export interface BatchOutcome {
  readonly model: ModelSource;
  readonly requests: number;
  readonly rows: number;
  /** From when a thread was given it. */
  readonly tookMs: number;
  /** Requests whose deadline passed while a thread had it. */
  readonly late: number;
  readonly failure: string | undefined;
}

class Request implements Waiting {
  settled = false;
  /** Set while a thread has it. */
  batch: Batch | undefined;
  #cancel: Cancel = () => {};

  constructor(
    readonly asked: PoolRequest,
    readonly count: number,
    readonly resolve: (answer: ModelAnswer) => void,
    readonly reject: (error: SuhoError) => void,
  ) {}

  get key(): string {
    return this.asked.model.key;
  }

  due(cancel: Cancel): void {
    this.#cancel = cancel;
  }

  settle(how: () => void): void {
    if (this.settled) return;
    this.settled = true;
    this.#cancel();
    how();
  }
}

interface Batch {
  readonly requests: readonly Request[];
  readonly sentMs: number;
  late: number;
}

function rowsOf(requests: readonly Request[]): number {
  return requests.reduce((sum, { count }) => sum + count, 0);
}

export class InferencePool {
  readonly #options: PoolOptions;
  readonly #limits: NonNullable<PoolOptions['limits']>;
  readonly #activity: Activity;
  readonly #queue: RequestQueue<Request>;
  readonly #listeners: ((outcome: BatchOutcome) => void)[] = [];
  readonly #running = new Set<Promise<void>>();
  #leaving = false;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS.inference;
    this.#activity = options.activity ?? new Activity();
    this.#queue = new RequestQueue(this.#limits);
  }

  /** Requests that no thread has taken yet. */
  get waiting(): number {
    return this.#queue.size;
  }

  onBatch(listener: (outcome: BatchOutcome) => void): void {
    this.#listeners.push(listener);
  }

  /** Rejects with INFERENCE_LATE, INFERENCE_FULL or INFERENCE_FAILED. */
  ask(asked: PoolRequest): Promise<ModelAnswer> {
    return new Promise((resolve, reject) => {
      const count = asked.rows.length / asked.rowLength;
      const refused = this.#refusal(asked, count);
      if (refused !== undefined) return reject(refused);
      const request = new Request(asked, count, resolve, reject);
      if (!this.#queue.add(request)) {
        return reject(new SuhoError('INFERENCE_FULL', `${this.#queue.size} predictions wait already`));
      }
      this.#activity.begin();
      request.due(this.#options.clock.after(asked.deadlineMs, () => this.#late(request)));
      this.#leaveSoon();
    });
  }

  /** Loads the model and runs it, in as many threads as are free, so that its first batch need not; the worst report counts. */
  async try(model: ModelSource): Promise<TrialReport> {
    const { threads } = this.#options;
    const task = { model, runRows: this.#limits.runRows, runs: LIMITS.inference.trialRuns };
    this.#activity.begin();
    try {
      const reports = await Promise.all(Array.from({ length: threads.count }, () => threads.try(task)));
      return reports.find(({ kind }) => kind !== 'tried') ?? (reports[0] as TrialReport);
    } catch (error) {
      return { kind: 'failed', message: sentence(error) };
    } finally {
      this.#activity.end();
    }
  }

  /** What waits is refused; what a thread has is answered, or ends with the thread if that hangs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const request of this.#queue.drain()) this.#fail(request, 'INFERENCE_FAILED', 'inference is closing');
    await Promise.all(this.#running);
    await this.#options.threads.close();
  }

  #refusal({ model, rowLength, rows }: PoolRequest, count: number): SuhoError | undefined {
    if (this.#closed) return new SuhoError('INFERENCE_FAILED', 'inference is closing');
    if (Number.isInteger(count) && count >= 1 && count <= this.#limits.requestRows) return undefined;
    const most = this.#limits.requestRows;
    return new SuhoError(
      'INFERENCE_FAILED',
      `${model.key}: ${rows.length} numbers are not 1 to ${most} rows of ${rowLength} numbers`,
    );
  }

  #fail(request: Request, code: 'INFERENCE_LATE' | 'INFERENCE_FAILED', why: string): void {
    if (request.settled) return;
    request.settle(() => request.reject(new SuhoError(code, `${request.key}: ${why}`)));
    this.#activity.end();
  }

  #late(request: Request): void {
    if (request.batch === undefined) this.#queue.remove(request);
    else request.batch.late += 1;
    const where = request.batch === undefined ? 'no thread was free' : 'it was not computed';
    this.#fail(request, 'INFERENCE_LATE', `${where} within ${request.asked.deadlineMs} ms`);
  }

  #leaveSoon(): void {
    if (this.#queue.hasFullBatch()) this.#leave();
    if (this.#leaving || this.#queue.size === 0) return;
    this.#leaving = true;
    endOfTurn(() => {
      this.#leaving = false;
      this.#leave();
    });
  }

  #leave(): void {
    while (this.#queue.size > 0 && this.#running.size < this.#options.threads.capacity) {
      const running: Promise<void> = this.#run(this.#queue.take()).finally(() => {
        this.#running.delete(running);
        this.#leave();
      });
      this.#running.add(running);
    }
  }

  async #run(requests: readonly Request[]): Promise<void> {
    const batch: Batch = { requests, sentMs: this.#options.clock.nowMs(), late: 0 };
    for (const request of requests) request.batch = batch;
    const failure = await this.#once(requests).catch((error: unknown) => {
      const open = requests.filter(({ settled }) => !settled);
      if (open.length === 0 || this.#closed) return sentence(error);
      return this.#once(open).catch(sentence);
    });
    if (failure !== undefined) for (const request of requests) this.#fail(request, 'INFERENCE_FAILED', failure);
    this.#tell(batch, failure);
  }

  /** Undefined when all are answered, else why not; rejects when the thread was lost. */
  async #once(requests: readonly Request[]): Promise<string | undefined> {
    const { model, rowLength } = (requests[0] as Request).asked;
    const rows = rowsOf(requests);
    // Whole runs: what fills one need not be copied there.
    const { runRows } = this.#limits;
    const values = new Float64Array(Math.ceil(rows / runRows) * runRows * rowLength);
    let at = 0;
    for (const { asked } of requests) {
      values.set(asked.rows, at);
      at += asked.rows.length;
    }
    const report = await this.#options.threads.answer({ model, runRows, rows, rowLength, values });
    if (report.kind === 'failed') return report.message;
    this.#hand(requests, report, rows);
    return undefined;
  }

  #hand(requests: readonly Request[], { outputs, values }: BatchReport & { kind: 'answered' }, rows: number): void {
    let first = 0;
    for (const request of requests) {
      const answer = new Map<string, Float64Array>();
      let start = 0;
      for (const { name, width } of outputs) {
        answer.set(name, values.subarray(start + first * width, start + (first + request.count) * width));
        start += rows * width;
      }
      first += request.count;
      if (request.settled) continue;
      request.settle(() => request.resolve(answer));
      this.#activity.end();
    }
  }

  #tell({ requests, sentMs, late }: Batch, failure: string | undefined): void {
    const { model } = (requests[0] as Request).asked;
    const tookMs = this.#options.clock.nowMs() - sentMs;
    const outcome: BatchOutcome = { model, requests: requests.length, rows: rowsOf(requests), tookMs, late, failure };
    for (const listener of this.#listeners) listener(outcome);
  }
}
