import type { FeatureSnapshot } from '../../features/feature-stream.js';
import type { Timeframe } from '../../market/timeframe.js';

/**
 * The newest snapshot of each symbol's and timeframe's features: with the journal's candles since, a restarted node or actor
 * goes on bit for bit. What it holds could be computed again, so a save is not waited for.
 */
export interface FeatureSnapshots {
  /** Undefined where there is none, or none that can be read. */
  latest(symbol: string, timeframe: Timeframe): FeatureSnapshot | undefined;
  save(symbol: string, timeframe: Timeframe, snapshot: FeatureSnapshot): void;
  /** Why the newest snapshots are in memory alone; undefined while all is well. */
  readonly fault: string | undefined;
  /** Resolves when all that was saved is on disk. */
  close(): Promise<void>;
}
