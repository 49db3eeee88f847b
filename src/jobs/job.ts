import type { JobTiming } from './schedule.js';

/** What a run is told. */
export interface Run {
  /** The instant that it stands for. */
  readonly dueAt: number;
  readonly nowMs: () => number;
  /** Ends the run between two steps, with the reason: out of time, closed, or another has taken the lease. */
  readonly signal: AbortSignal;
}

/** Work that is done by itself, in steps that may each be repeated: a run that ended anywhere is made good by the next. */
export interface Job extends JobTiming {
  readonly name: string;
  /** For a person. */
  readonly does: string;
  readonly timeoutMs: number;
  /** Answers a sentence on what came of it. */
  run(run: Run): Promise<string>;
}
