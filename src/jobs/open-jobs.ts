/** The runner of the standing jobs and the archive that one of them fills, over a ledger that is open. */
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Random } from '../runtime/random.js';
import { Archiver } from '../storage/archive/archiver.js';
import { openArchiveStore } from '../storage/archive/open.js';
import type { PostgresLedger } from '../storage/ledger/postgres.js';
import { readRetention } from '../storage/retention-table.js';
import { JobRunner } from './job-runner.js';
import { standingJobs } from './standing-jobs.js';

export interface OpenJobsOptions {
  readonly ledger: PostgresLedger;
  /** The setting. */
  readonly archive: string;
  /** The data folder, which the caller has locked. */
  readonly folder: string;
  /** What ages, ages by it. */
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Names this process among all that run jobs. */
  readonly holder: string;
}

export interface OpenedJobs {
  /** Registered; runs what is due from `start` to `close`. */
  readonly runner: JobRunner;
  readonly archiver: Archiver;
}

export async function openJobs({ ledger, archive, folder, clock, random, log, holder }: OpenJobsOptions): Promise<OpenedJobs> {
  const retention = await readRetention();
  const store = openArchiveStore({ archive, folder, clock });
  const archiver = new Archiver({ catalogue: ledger.archive, store, retention, clock });
  const balancesMs = retention.ledger.balances?.hot ?? Number.POSITIVE_INFINITY;
  const jobs = standingJobs({ ledger, upkeep: ledger.upkeep, archiver, balancesMs });
  const runner = new JobRunner({ table: ledger.jobs, jobs, clock, random, log, holder });
  await runner.register();
  return { runner, archiver };
}
