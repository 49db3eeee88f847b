/** The analytics store for a command: a running node's, which has it to itself where it is embedded, or opened for this. */
import { callNode } from '../admin/control.js';
import type { Config } from '../config.js';
import { SuhoError } from '../errors.js';
import { systemClock } from '../runtime/clock.js';
import type { AnalyticsStore } from '../storage/analytics/analytics.js';
import { openAnalytics } from '../storage/analytics/open.js';
import { openDataFolder } from '../storage/data-folder.js';
import { SUHO_VERSION } from '../version.js';

type StoreSettings = Pick<Config, 'data' | 'analytics'>;

/** Whether a node has the store to itself now. */
export async function nodeHasAnalytics({ data, analytics }: StoreSettings): Promise<boolean> {
  return analytics === 'embedded' && (await callNode(data, 'status', null)) !== undefined;
}

/** Asks the node that has the store. */
export async function askNode<R>({ data }: StoreSettings, method: string, parameters: unknown): Promise<R> {
  const answered = await callNode<R>(data, method, parameters);
  if (answered === undefined) throw new SuhoError('UNREACHABLE', `the node on ${data} has stopped meanwhile`);
  return answered.result;
}

/** Opens the store, brought up to date, for as long as it is used. `why` ends the sentence when there is none. */
export async function withAnalytics<T>(
  { data, analytics: setting }: StoreSettings,
  why: string,
  use: (store: AnalyticsStore) => Promise<T>,
): Promise<T> {
  const closing: (() => Promise<void>)[] = [];
  try {
    if (setting === 'embedded') {
      const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
      const folder = await openDataFolder(data, holder);
      closing.push(() => folder.release());
    }
    const analytics = await openAnalytics({ analytics: setting, folder: data, timers: systemClock });
    if (analytics.kind === 'off') throw new SuhoError('NOT_FOUND', `there is no store ${why}: ${analytics.reason}`);
    closing.push(() => analytics.store.close());
    await analytics.store.migrate();
    return await use(analytics.store);
  } finally {
    for (const step of closing.reverse()) await step();
  }
}
