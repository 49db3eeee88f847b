/**
 * Runs what is due, one job after the other, each under a lease in the ledger. All nodes look; one gets the lease. What a run
 * does is told only under its lease's number, so of a runner that was away for too long nothing is recorded, and the runner
 * that took over decides what is owed.
 *
 * Nobody waits for a job but an operator who asked for it. A job that fails or takes too long is tried again after a pause;
 * it never stops the others.
 */
import { SuhoError, sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Cancel, Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Random } from '../runtime/random.js';
import type { JobState, JobTable } from '../storage/jobs/job-table.js';
import type { Job } from './job.js';
import { firstOwed, instantsOwed, type Owed, owedAfterDone, owedAfterFailure } from './schedule.js';

export interface JobRunnerOptions {
  readonly table: JobTable;
  readonly jobs: readonly Job[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Names this process among all that run jobs. */
  readonly holder: string;
}

/** How a run ended; `lost`: another took the lease, and what happened is not recorded. */
export interface RunReport {
  readonly name: string;
  readonly outcome: 'done' | 'failed' | 'lost';
  readonly sentence: string;
  readonly tookMs: number;
}

const { leaseMs, lookMs, stopMs, retryFirstMs, retryMostMs, sentence: SENTENCE_MOST } = LIMITS.jobs;
const PAUSE = { firstMs: retryFirstMs, mostMs: retryMostMs };

export class JobRunner {
  readonly #jobs: ReadonlyMap<string, Job>;
  readonly #options: JobRunnerOptions;
  #timer: Cancel = () => {};
  #stopRun: ((why: string) => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: JobRunnerOptions) {
    this.#options = options;
    this.#jobs = new Map(options.jobs.map((job) => [job.name, job]));
  }

  /** Makes the jobs known to the ledger. */
  async register(): Promise<void> {
    const { table, clock, random } = this.#options;
    const jobs = [...this.#jobs.values()].map((job) => {
      const { dueAt, startAt } = firstOwed(job, clock.nowMs(), random);
      return { name: job.name, ...job.schedule, dueAt, startAt };
    });
    await table.register(jobs);
  }

  /** Runs what is due from here on. */
  start(): void {
    void this.#look();
  }

  /** What is known of each job, in the order of their names; of those that this version has. */
  async list(): Promise<readonly JobState[]> {
    return (await this.#options.table.list()).filter(({ name }) => this.#jobs.has(name));
  }

  /** Runs one job now, whenever it is due. */
  async runNow(name: string): Promise<RunReport> {
    const job = this.#jobs.get(name);
    if (job === undefined)
      throw new SuhoError('NOT_FOUND', `there is no job ${name}; there are ${[...this.#jobs.keys()].join(', ')}`);
    const report = await this.#inTurn(() => this.#run(job, true));
    if (report !== undefined) return report;
    const { holder } = (await this.list()).find((state) => state.name === name) ?? {};
    throw new SuhoError('CONFLICT', `${name} is being run by ${holder ?? 'another node'}`);
  }

  /** Runs what is due, in the order in which it came to be due. */
  async runDue(): Promise<readonly RunReport[]> {
    const nowMs = this.#options.clock.nowMs();
    const due = (await this.list()).filter(({ startAt, leaseUntil }) => startAt <= nowMs && leaseUntil <= nowMs);
    const reports: RunReport[] = [];
    for (const { name } of [...due].sort((a, b) => a.startAt - b.startAt)) {
      if (this.#closed) break;
      const report = await this.#inTurn(() => this.#run(this.#jobs.get(name) as Job, false));
      if (report !== undefined) reports.push(report);
    }
    return reports;
  }

  /** Ends the run that is under way; its instant is still owed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer();
    this.#stopRun?.('the node is closing');
    await this.#turn;
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#options;
    let waitMs: number = lookMs;
    try {
      await this.runDue();
      const nowMs = clock.nowMs();
      const next = (await this.list()).map(({ startAt, leaseUntil }) => Math.max(startAt, leaseUntil) - nowMs);
      waitMs = Math.max(LIMITS.jobs.lookLeastMs, Math.min(lookMs, ...next));
    } catch (error) {
      log.warn({ reason: sentence(error) }, 'the jobs cannot be looked at');
    }
    if (!this.#closed) this.#timer = clock.after(waitMs, () => void this.#look());
  }

  /** One run at a time. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(run);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  /** Undefined where the lease is not to be had. */
  async #run(job: Job, early: boolean): Promise<RunReport | undefined> {
    const { table, clock, holder, log } = this.#options;
    const startedAt = clock.nowMs();
    const taken = await table.take({ name: job.name, holder, nowMs: startedAt, leaseUntil: startedAt + leaseMs, early });
    if (taken === undefined) return undefined;
    const came = await this.#work(job, taken);
    const endedAt = clock.nowMs();
    const said = came.sentence.slice(0, SENTENCE_MOST);
    const owed = this.#owedAfter(job, taken, came.outcome, early ? startedAt : endedAt);
    const { name, epoch } = taken;
    const kept = await table.end({ name, epoch, ...owed, endedAt, outcome: came.outcome, sentence: said });
    const report: RunReport = { name, outcome: kept ? came.outcome : 'lost', sentence: said, tookMs: endedAt - startedAt };
    const about = { job: name, instants: instantsOwed(job.schedule, taken.dueAt, startedAt), tookMs: report.tookMs };
    if (report.outcome === 'done') log.info({ ...about, came: said }, 'a job is done');
    else log.warn({ ...about, outcome: report.outcome, reason: said }, 'a job is not done');
    return report;
  }

  #owedAfter(job: Job, taken: JobState, outcome: 'done' | 'failed', nowMs: number): Owed {
    const { random } = this.#options;
    if (outcome === 'done') return owedAfterDone(job, taken.dueAt, nowMs, random);
    return owedAfterFailure(taken, nowMs, PAUSE, random);
  }

  /** The job's work, ended by its time, its lease or the node; never by an exception. */
  async #work(job: Job, taken: JobState): Promise<{ readonly outcome: 'done' | 'failed'; readonly sentence: string }> {
    const { table, clock } = this.#options;
    const ending = new AbortController();
    let giveUp: (reason: unknown) => void = () => {};
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const timers: Cancel[] = [];
    const stop = (why: string): void => {
      if (ending.signal.aborted) return;
      ending.abort(new SuhoError('INTERRUPTED', why));
      // Work that does not hear is left to itself.
      timers.push(clock.after(stopMs, () => giveUp(ending.signal.reason)));
    };
    this.#stopRun = stop;
    if (this.#closed) stop('the node is closing');
    timers.push(clock.after(job.timeoutMs, () => stop(`it took longer than ${job.timeoutMs / 1_000} s`)));
    const renew = async (): Promise<void> => {
      const held = await table.renew(taken.name, taken.epoch, clock.nowMs() + leaseMs).catch(() => true);
      if (!held) stop('another has taken its lease');
    };
    timers.push(clock.every(leaseMs / 3, () => void renew()));
    try {
      const run = { dueAt: taken.dueAt, nowMs: () => clock.nowMs(), signal: ending.signal };
      return { outcome: 'done', sentence: await Promise.race([job.run(run), givenUp]) };
    } catch (error) {
      return { outcome: 'failed', sentence: sentence(error) };
    } finally {
      for (const cancel of timers) cancel();
      this.#stopRun = undefined;
    }
  }
}
