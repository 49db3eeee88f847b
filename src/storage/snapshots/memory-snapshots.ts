import type { FeatureSnapshot } from '../../features/feature-stream.js';
import type { Timeframe } from '../../market/timeframe.js';
import type { FeatureSnapshots } from './snapshots.js';

/** The embedded twin of the snapshots on disk. */
export class MemorySnapshots implements FeatureSnapshots {
  readonly fault = undefined;
  readonly #kept = new Map<string, FeatureSnapshot>();

  latest(symbol: string, timeframe: Timeframe): FeatureSnapshot | undefined {
    return this.#kept.get(`${symbol}/${timeframe}`);
  }

  save(symbol: string, timeframe: Timeframe, snapshot: FeatureSnapshot): void {
    this.#kept.set(`${symbol}/${timeframe}`, snapshot);
  }

  async close(): Promise<void> {}
}
