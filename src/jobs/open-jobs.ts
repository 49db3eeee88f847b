/** The runner of the standing jobs and the archive that one of them fills, over a ledger that is open. */
import type { Clock } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import type { Random } from '../runtime/random.js';
import type { OpenedAnalytics } from '../storage/analytics/open.js';
import { Archiver } from '../storage/archive/archiver.js';
import { openArchiveStore } from '../storage/archive/open.js';
import type { PostgresLedger } from '../storage/ledger/postgres.js';
import { readRetention } from '../storage/retention-table.js';
import { JobRunner } from './job-runner.js';
import { type CorrelationsOptions, standingJobs } from './standing-jobs.js';

export interface OpenJobsOptions {
  readonly ledger: PostgresLedger;
  /** Gives to the archive as well, where it is on. */
  readonly analytics: OpenedAnalytics;
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
  readonly correlations?: CorrelationsOptions;
}

export interface OpenedJobs {
  /** Registered; runs what is due from `start` to `close`. */
  readonly runner: JobRunner;
  readonly archiver: Archiver;
}

export async function openJobs(options: OpenJobsOptions): Promise<OpenedJobs> {
  const { ledger, analytics, archive, folder, clock, random, log, holder, correlations } = options;
  const retention = await readRetention();
  const store = openArchiveStore({ archive, folder, clock });
  const archiver = new Archiver({
    catalogue: ledger.archive,
    ...(analytics.kind === 'open' ? { series: analytics.store.series } : {}),
    store,
    retention,
    clock,
  });
  const balancesMs = retention.ledger.balances?.hot ?? Number.POSITIVE_INFINITY;
  const jobs = standingJobs({ ledger, upkeep: ledger.upkeep, archiver, balancesMs, ...(correlations && { correlations }) });
  const runner = new JobRunner({ table: ledger.jobs, jobs, clock, random, log, holder });
  await runner.register();
  return { runner, archiver };
}
