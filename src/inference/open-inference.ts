import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Activity } from '../runtime/activity.js';
import type { Clock, Timers } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import { InferencePool } from './inference-pool.js';
import type { LeftOut } from './model-check.js';
import { readModelFolder } from './model-files.js';
import { ModelShelf } from './model-shelf.js';
import { InferenceThreads } from './threads.js';

/** The models that come with the program, from `dist/src/inference`, where this file is when it runs. */
export const SHIPPED_MODELS = fileURLToPath(new URL('../../../models', import.meta.url));

/** Where an operator's models are kept. */
export function addedModels(dataFolder: string): string {
  return join(dataFolder, 'models');
}

export interface InferenceOptions {
  /** The engine's: a model expires by it. */
  readonly clock: Pick<Clock, 'nowMs'>;
  /** A deadline passes by it: the engine's where time stands still meanwhile, and the machine's where it runs, however fast. */
  readonly deadlines: Pick<Clock, 'nowMs' | 'after'>;
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

export function openInference({ clock, deadlines, machine, logger, activity, threads: count }: InferenceOptions): Inference {
  const threads = new InferenceThreads({ machine, logger, ...(count === undefined ? {} : { count }) });
  const pool = new InferencePool({ threads, clock: deadlines, ...(activity === undefined ? {} : { activity }) });
  const shelf = new ModelShelf({ pool, clock, logger });
  return { pool, shelf, close: () => pool.close() };
}

/** Puts all models of a folder onto the shelf; answers those that were left out. Where there is no folder there are none. */
export async function shelveFolder(shelf: ModelShelf, folder: string, logger: Logger): Promise<readonly LeftOut[]> {
  if (!(await isThere(folder))) return [];
  const { models, unreadable } = await readModelFolder(folder);
  for (const reason of unreadable) logger.warn({ reason }, 'a model’s card cannot be read');
  const out: LeftOut[] = [];
  for (const file of models) {
    const put = await shelf.put(file);
    if (put.kind === 'left out') out.push(put);
  }
  return out;
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await access(folder);
    return true;
  } catch {
    return false;
  }
}
