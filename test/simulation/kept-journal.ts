import type { Candle } from '../../src/market/candle.js';
import { RecentCandles } from '../../src/storage/journal/recent-candles.js';

/** A node's journal, which lives through its crashes, and beside it every candle that it has taken since the world began. */
export class KeptJournal extends RecentCandles {
  readonly since: Candle[] = [];

  constructor(history: readonly Candle[]) {
    super();
    for (const candle of history) super.append(candle);
  }

  override append(candle: Candle): void {
    const newest = this.newest(candle.symbol, candle.timeframe);
    if (newest === undefined || candle.time > newest.time) this.since.push(candle);
    super.append(candle);
  }
}
