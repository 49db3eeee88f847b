import type { JobEnd, JobState, JobTable, NewJob, Taking } from './job-table.js';

const NEVER_RUN = {
  holder: null,
  leaseUntil: 0,
  epoch: 0,
  runs: 0,
  failures: 0,
  startedAt: null,
  endedAt: null,
  outcome: null,
  sentence: null,
} as const;

/** Jobs in memory, for simulation. */
export class MemoryJobs implements JobTable {
  readonly #jobs = new Map<string, JobState>();

  async register(jobs: readonly NewJob[]): Promise<void> {
    for (const job of jobs) {
      const known = this.#jobs.get(job.name);
      if (known === undefined) this.#jobs.set(job.name, { ...job, ...NEVER_RUN });
      else if (known.everyMs !== job.everyMs || known.offsetMs !== job.offsetMs || known.dueAt > job.dueAt)
        this.#jobs.set(job.name, { ...known, ...job });
    }
  }

  async list(): Promise<readonly JobState[]> {
    return [...this.#jobs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async take({ name, holder, nowMs, leaseUntil, early }: Taking): Promise<JobState | undefined> {
    const job = this.#jobs.get(name);
    if (job === undefined || job.leaseUntil > nowMs || (!early && job.startAt > nowMs)) return undefined;
    const taken = { ...job, holder, leaseUntil, epoch: job.epoch + 1, runs: job.runs + 1, startedAt: nowMs };
    this.#jobs.set(name, taken);
    return taken;
  }

  async renew(name: string, epoch: number, leaseUntil: number): Promise<boolean> {
    const job = this.#jobs.get(name);
    if (job === undefined || job.holder === null || job.epoch !== epoch) return false;
    this.#jobs.set(name, { ...job, leaseUntil });
    return true;
  }

  async end({ name, epoch, ...end }: JobEnd): Promise<boolean> {
    const job = this.#jobs.get(name);
    if (job === undefined || job.holder === null || job.epoch !== epoch) return false;
    this.#jobs.set(name, { ...job, ...end, holder: null, leaseUntil: 0 });
    return true;
  }
}
