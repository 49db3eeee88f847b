/** The jobs of a running node, or of the stores themselves where none runs. */
import { callNode } from '../admin/control.js';
import type { Config } from '../config.js';
import type { JobRunner, RunReport } from '../jobs/job-runner.js';
import { type OpenedJobs, openJobs } from '../jobs/open-jobs.js';
import { systemClock } from '../runtime/clock.js';
import { createLogger } from '../runtime/logger.js';
import { entropyRandom } from '../runtime/random.js';
import { openAnalytics } from '../storage/analytics/open.js';
import { openDataFolder } from '../storage/data-folder.js';
import type { JobState } from '../storage/jobs/job-table.js';
import { openLedger } from '../storage/ledger/open.js';
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

function withOwnJobs<T>(config: Config, use: (jobs: JobSource) => Promise<T>): Promise<T> {
  return withOwnStores(config, ({ runner }) => use(runner));
}

/** Where no node runs: the stores of the data folder, opened for this command. */
export async function withOwnStores<T>(config: Config, use: (opened: OpenedJobs) => Promise<T>): Promise<T> {
  const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
  const folder = await openDataFolder(config.data, holder);
  const closing: (() => Promise<void>)[] = [() => folder.release()];
  try {
    const url = config.ledger === 'embedded' ? {} : { url: config.ledger };
    const onProgress = (sentence: string): void => void process.stderr.write(`suho: ${sentence}\n`);
    const ledger = await openLedger({ ...url, folder: folder.path, onProgress });
    closing.push(() => ledger.close());
    await ledger.migrate();
    const analytics = await openAnalytics({ analytics: config.analytics, folder: folder.path, timers: systemClock });
    if (analytics.kind === 'open') closing.push(() => analytics.store.close());
    const opened = await openJobs({
      ledger,
      analytics,
      archive: config.archive,
      folder: folder.path,
      clock: systemClock,
      random: entropyRandom(),
      log: createLogger('silent'),
      holder: `suho, process ${process.pid}`,
    });
    return await use(opened);
  } finally {
    for (const step of closing.reverse()) await step();
  }
}
