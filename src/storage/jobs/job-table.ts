/**
 * The jobs as all nodes see them. A run is a lease on its job: whoever takes it has a number (`epoch`) that nobody had before,
 * and only under the newest number is a renewal or an end recorded. So a runner that stood still for longer than its lease
 * finds its work disowned, whatever it thinks the time is.
 */
export interface JobState {
  readonly name: string;
  readonly everyMs: number;
  readonly offsetMs: number;
  readonly dueAt: number;
  readonly startAt: number;
  readonly holder: string | null;
  /** 0 while nobody runs it. */
  readonly leaseUntil: number;
  readonly epoch: number;
  readonly runs: number;
  readonly failures: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: 'done' | 'failed' | null;
  /** What came of it, or why it failed. */
  readonly sentence: string | null;
}

export type NewJob = Pick<JobState, 'name' | 'everyMs' | 'offsetMs' | 'dueAt' | 'startAt'>;

export interface Taking {
  readonly name: string;
  readonly holder: string;
  readonly nowMs: number;
  readonly leaseUntil: number;
  /** Also before its time. */
  readonly early: boolean;
}

export type JobEnd = Pick<JobState, 'name' | 'epoch' | 'dueAt' | 'startAt' | 'failures' | 'sentence'> & {
  readonly endedAt: number;
  readonly outcome: 'done' | 'failed';
};

export interface JobTable {
  /**
   * Makes known what is new. One whose schedule has changed, or that owes an instant later than it should (a clock was set
   * back), owes what is given here; others keep what they owe.
   */
  register(jobs: readonly NewJob[]): Promise<void>;
  /** By name. */
  list(): Promise<readonly JobState[]>;
  /** The job under its new lease; undefined while another holds it, before its time, or where there is no such job. */
  take(taking: Taking): Promise<JobState | undefined>;
  /** False: the lease has been taken by another. */
  renew(name: string, epoch: number, leaseUntil: number): Promise<boolean>;
  /** Records how the run ended and gives the lease back; false: it was no longer held, and nothing is recorded. */
  end(end: JobEnd): Promise<boolean>;
}
