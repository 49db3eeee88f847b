/**
 * When a job is due: pure. A schedule is a row of instants, every so often from an offset, the same on every node whatever
 * its start; so what a node missed while nobody ran can be counted, and a rule of the job says what becomes of it.
 */
import type { Random } from '../runtime/random.js';

export interface Schedule {
  /** Instants are `offsetMs + n × everyMs` since 1970, UTC. */
  readonly everyMs: number;
  readonly offsetMs: number;
}

/**
 * What becomes of instants that nobody ran for. `once`: one run stands for all of them. `each`: every instant has its run, the
 * oldest first.
 */
export type CatchUp = 'once' | 'each';

/** What the table holds of when a job runs. */
export interface Owed {
  readonly dueAt: number;
  /** When it may start. */
  readonly startAt: number;
  /** In a row. */
  readonly failures: number;
}

export interface JobTiming {
  readonly schedule: Schedule;
  readonly catchUp: CatchUp;
  /** A run starts up to so much after its instant, so that jobs of one instant do not all start in it. */
  readonly jitterMs: number;
}

export interface RetryPause {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** The first instant after `afterMs`. */
export function nextInstant({ everyMs, offsetMs }: Schedule, afterMs: number): number {
  return offsetMs + (Math.floor((afterMs - offsetMs) / everyMs) + 1) * everyMs;
}

/** Instants from the one owed up to now: 0 while it is still to come. */
export function instantsOwed({ everyMs }: Schedule, dueAt: number, nowMs: number): number {
  return nowMs < dueAt ? 0 : Math.floor((nowMs - dueAt) / everyMs) + 1;
}

/** What a job that is new here, or has another schedule than before, owes: nothing of the past. */
export function firstOwed(timing: JobTiming, nowMs: number, random: Random): Owed {
  return owing(timing, nextInstant(timing.schedule, nowMs), random);
}

/** After a run for `dueAt` that was done at `nowMs`. */
export function owedAfterDone(timing: JobTiming, dueAt: number, nowMs: number, random: Random): Owed {
  // An operator's run before its time stands for no instant.
  if (nowMs < dueAt) return owing(timing, dueAt, random);
  return owing(timing, nextInstant(timing.schedule, timing.catchUp === 'each' ? dueAt : nowMs), random);
}

/**
 * After a run that failed: its instant is still owed, after a pause that doubles with each failure, up to a most. Between a
 * half and the whole of it: a store that has failed is not asked again at once, nor by all at once.
 */
export function owedAfterFailure({ dueAt, failures }: Owed, nowMs: number, pause: RetryPause, random: Random): Owed {
  const most = Math.min(pause.mostMs, pause.firstMs * 2 ** Math.min(failures, 30));
  return { dueAt, startAt: nowMs + Math.ceil(most * (0.5 + random.next() / 2)), failures: failures + 1 };
}

function owing({ jitterMs }: JobTiming, dueAt: number, random: Random): Owed {
  return { dueAt, startAt: dueAt + random.int(jitterMs + 1), failures: 0 };
}
