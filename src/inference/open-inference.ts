import type { Activity } from '../runtime/activity.js';
import type { Clock, Timers } from '../runtime/clock.js';
import type { Logger } from '../runtime/logger.js';
import { InferencePool } from './inference-pool.js';
import { ModelShelf } from './model-shelf.js';
import { InferenceThreads } from './threads.js';

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
