import type { Activity } from '../runtime/activity.js';
import type { Clock, Timers } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import { InferencePool } from './inference-pool.js';
import type { LeftOut } from './model-check.js';
import { readModelFolder } from './model-files.js';
import { ModelShelf } from './model-shelf.js';
import { InferenceThreads } from './threads.js';

export interface InferenceOptions {
  /** The engine's: a deadline passes and a model expires by it. */
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
  /** The machine's: a thread hangs by it. */
  readonly machine: Pick<Timers, 'after'>;
  readonly logger: Logger;
  readonly activity?: Activity;
  readonly threads?: number;
}

export interface Inference {
  readonly pool: InferencePool;
  readonly shelf: ModelShelf;
  close(): Promise<void>;
}

export function openInference({ clock, machine, logger, activity, threads: count }: InferenceOptions): Inference {
  const threads = new InferenceThreads({ machine, logger, ...(count === undefined ? {} : { count }) });
  const pool = new InferencePool({ threads, clock, ...(activity === undefined ? {} : { activity }) });
  const shelf = new ModelShelf({ pool, clock, logger });
  return { pool, shelf, close: () => pool.close() };
}

/** Puts all models of a folder onto the shelf; answers those that were left out. */
export async function shelveFolder(shelf: ModelShelf, folder: string, logger: Logger): Promise<readonly LeftOut[]> {
  const { models, unreadable } = await readModelFolder(folder);
  for (const reason of unreadable) logger.warn({ reason }, 'a model’s card cannot be read');
  const out: LeftOut[] = [];
  for (const file of models) {
    const put = await shelf.put(file);
    if (put.kind === 'left out') out.push(put);
  }
  return out;
}
