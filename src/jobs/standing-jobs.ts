/** The jobs that every node has; which node does one is for their leases to say. */
import type { CorrelationBoard } from '../patterns/correlation-board.js';
import { type CorrelatedTenant, fillCorrelations } from '../patterns/market-correlations.js';
import type { Archiver } from '../storage/archive/archiver.js';
import type { Ledger } from '../storage/ledger/ledger.js';
import type { LedgerUpkeep } from '../storage/ledger/upkeep.js';
import type { PatternStore } from '../storage/patterns/patterns.js';
import type { Job } from './job.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Parts are made so far ahead: a job that fails for weeks costs nothing but tidiness. */
const PARTS_AHEAD_MS = 60 * DAY_MS;
/** A part that is empty stays for as long as a row may be put back into it. */
const WAY_BACK_MS = 2 * DAY_MS;

export interface CorrelationsOptions {
  readonly board: CorrelationBoard;
  readonly store: PatternStore;
  /** Those whose tier has correlation, with the symbols that it allows them. */
  readonly tenants: () => readonly CorrelatedTenant[];
}

export interface StandingJobsOptions {
  readonly ledger: Pick<Ledger, 'anchorAudit'>;
  readonly upkeep: LedgerUpkeep;
  readonly archiver: Pick<Archiver, 'run'>;
  /** How long balances stay in the ledger. */
  readonly balancesMs: number;
  /** Of a node; where jobs are run without one nothing is correlated. */
  readonly correlations?: CorrelationsOptions;
}

/** An anchor tells the present heads: one stands for all that were missed. */
function anchors({ ledger }: StandingJobsOptions): Job {
  return {
    name: 'anchors',
    does: 'anchors the audit log of every tenant',
    schedule: { everyMs: HOUR_MS, offsetMs: 0 },
    catchUp: 'once',
    jitterMs: MINUTE_MS,
    timeoutMs: 5 * MINUTE_MS,
    run: async ({ nowMs }) => `${await ledger.anchorAudit(nowMs())} tenants anchored`,
  };
}

function partitions({ upkeep, balancesMs }: StandingJobsOptions): Job {
  return {
    name: 'partitions',
    does: 'makes parts of series ahead of their time, and drops those that are empty and past keeping',
    schedule: { everyMs: DAY_MS, offsetMs: HOUR_MS },
    catchUp: 'once',
    jitterMs: 10 * MINUTE_MS,
    timeoutMs: 5 * MINUTE_MS,
    run: async ({ nowMs }) => {
      const now = nowMs();
      const { made, dropped } = await upkeep.parts(now, now + PARTS_AHEAD_MS, now - balancesMs - WAY_BACK_MS);
      return `${made} parts made, ${dropped} dropped`;
    },
  };
}

/** A server does this by itself; the embedded ledger has nobody who would. */
function refresh({ upkeep }: StandingJobsOptions): Job {
  return {
    name: 'refresh',
    does: 'has the ledger’s planner look at its tables anew',
    schedule: { everyMs: DAY_MS, offsetMs: 3 * HOUR_MS },
    catchUp: 'once',
    jitterMs: 10 * MINUTE_MS,
    timeoutMs: 10 * MINUTE_MS,
    run: async ({ signal }) => `${await upkeep.analyse(signal)} tables looked at`,
  };
}

function archive({ archiver }: StandingJobsOptions): Job {
  return {
    name: 'archive',
    does: 'moves what is past its time into the archive, from the ledger and from analytics, and drops what is past its time there',
    schedule: { everyMs: DAY_MS, offsetMs: 2 * HOUR_MS },
    catchUp: 'once',
    jitterMs: 10 * MINUTE_MS,
    timeoutMs: 4 * HOUR_MS,
    run: async ({ signal }) => {
      const { rows, objects, changed, copied, copies, dropped } = await archiver.run(signal);
      const stayed = changed === 0 ? '' : `, ${changed} had changed and stayed`;
      const left = `${rows} rows left for the archive in ${objects} new objects${stayed}`;
      const series = copied === 0 ? '' : `; ${copied} rows of analytics were copied to it in ${copies}`;
      return `${left}${series}; ${dropped} old objects dropped`;
    },
  };
}

/** What was missed is past: the newest stands for all. */
function correlations({ board, store, tenants }: CorrelationsOptions): Job {
  return {
    name: 'correlations',
    does: 'stores for each tenant how its symbols go together, among its patterns',
    schedule: { everyMs: 6 * HOUR_MS, offsetMs: 30 * MINUTE_MS },
    catchUp: 'once',
    jitterMs: 10 * MINUTE_MS,
    timeoutMs: 30 * MINUTE_MS,
    run: async ({ signal }) => {
      let [stored, removed, count] = [0, 0, 0];
      for (const tenant of tenants()) {
        signal.throwIfAborted();
        const filled = await fillCorrelations(store, board, tenant);
        stored += filled.stored;
        removed += filled.removed;
        count += 1;
      }
      return `${stored} pairs stored for ${count} tenants, ${removed} taken out`;
    },
  };
}

export function standingJobs(options: StandingJobsOptions): readonly Job[] {
  const ofNode = options.correlations === undefined ? [] : [correlations(options.correlations)];
  return [...[anchors, partitions, archive, refresh].map((job) => job(options)), ...ofNode];
}
