/** The jobs of a running node, or of the stores themselves where none runs. */
import { callNode } from '../admin/control.js';
import type { Config } from '../config.js';
import { JobRunner, type RunReport } from '../jobs/job-runner.js';
import { standingJobs } from '../jobs/standing-jobs.js';
import { systemClock } from '../runtime/clock.js';
import { createLogger } from '../runtime/logger.js';
import { entropyRandom } from '../runtime/random.js';
import { openDataFolder } from '../storage/data-folder.js';
import type { JobState } from '../storage/jobs/job-table.js';
import { openLedger } from '../storage/ledger/open.js';
import { readRetention } from '../storage/retention-table.js';
import { SUHO_VERSION } from '../version.js';

export type JobSource = Pick<JobRunner, 'list' | 'runNow'>;

export async function withJobs<T>(config: Config, use: (jobs: JobSource) => Promise<T>): Promise<T> {
  const listed = await callNode<readonly JobState[]>(config.data, 'jobs.list', null);
  if (listed === undefined) return withOwnJobs(config, use);
  return use({
    list: async () => listed.result,
    runNow: async (name) => {
      const ran = await callNode<RunReport>(config.data, 'jobs.run', name);
      return ran === undefined ? withOwnJobs(config, (jobs) => jobs.runNow(name)) : ran.result;
    },
  });
}

async function withOwnJobs<T>(config: Config, use: (jobs: JobSource) => Promise<T>): Promise<T> {
  const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
  const folder = await openDataFolder(config.data, holder);
  try {
    const url = config.ledger === 'embedded' ? {} : { url: config.ledger };
    const onProgress = (sentence: string): void => void process.stderr.write(`suho: ${sentence}\n`);
    const ledger = await openLedger({ ...url, folder: folder.path, onProgress });
    try {
      await ledger.migrate();
      const balancesMs = (await readRetention()).ledger.balances?.hot ?? Number.POSITIVE_INFINITY;
      const runner = new JobRunner({
        table: ledger.jobs,
        jobs: standingJobs({ ledger, upkeep: ledger.upkeep, balancesMs }),
        clock: systemClock,
        random: entropyRandom(),
        log: createLogger('silent'),
        holder: `suho jobs, process ${process.pid}`,
      });
      await runner.register();
      return await use(runner);
    } finally {
      await ledger.close();
    }
  } finally {
    await folder.release();
  }
}
