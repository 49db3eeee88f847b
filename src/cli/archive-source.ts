/** The archive of a running node, or of the stores themselves where none runs. */
import { callNode } from '../admin/control.js';
import type { Config } from '../config.js';
import { SuhoError } from '../errors.js';
import type { RunReport } from '../jobs/job-runner.js';
import type { ArchivedObject } from '../storage/archive/archive-catalogue.js';
import type { Archiver, ArchiveReport, Restored } from '../storage/archive/archiver.js';
import { withOwnStores } from './job-source.js';

export interface ArchiveSource extends Pick<Archiver, 'list' | 'verify' | 'restore' | 'rows'> {
  /** Under the job's lease: one run at a time over all nodes. */
  run(): Promise<RunReport>;
}

export async function withArchive<T>(config: Config, use: (archive: ArchiveSource) => Promise<T>): Promise<T> {
  const listed = await callNode<readonly ArchivedObject[]>(config.data, 'archive.list', null);
  if (listed === undefined)
    return withOwnStores(config, ({ runner, archiver }) =>
      use({
        run: () => runner.runNow('archive'),
        list: () => archiver.list(),
        verify: () => archiver.verify(),
        restore: (name) => archiver.restore(name),
        rows: (name) => archiver.rows(name),
      }),
    );
  const call = async <R>(method: string, parameters: unknown): Promise<R> => {
    const answered = await callNode<R>(config.data, method, parameters);
    if (answered === undefined) throw new SuhoError('UNREACHABLE', `the node on ${config.data} has stopped meanwhile`);
    return answered.result;
  };
  return use({
    run: () => call<RunReport>('jobs.run', 'archive'),
    list: async () => listed.result,
    verify: () => call<ArchiveReport>('archive.verify', null),
    restore: (name) => call<Restored>('archive.restore', name),
    rows: (name) => call('archive.rows', name),
  });
}
