import { LIMITS } from '../../limits.js';
import type { Candle } from '../../market/candle.js';
import { TIMEFRAME_MS, type Timeframe } from '../../market/timeframe.js';
import type { CandleJournal } from './journal.js';

/** The journal's memory, and by itself the embedded twin of the one on disk. */
export class RecentCandles implements CandleJournal {
  readonly fault = undefined;
  readonly #series = new Map<string, Candle[]>();
  #newestEndMs: number | undefined;

  append(candle: Candle): void {
    const key = `${candle.symbol}/${candle.timeframe}`;
    const series = this.#series.get(key) ?? [];
    const last = series.at(-1);
    // A restarted node may close a candle again that it had journalled: the first close was final.
    if (last !== undefined && candle.time <= last.time) return;
    series.push(candle);
    if (series.length >= 2 * LIMITS.market.history) series.splice(0, series.length - LIMITS.market.history);
    this.#series.set(key, series);
    const endMs = candle.time + TIMEFRAME_MS[candle.timeframe];
    if (this.#newestEndMs === undefined || endMs > this.#newestEndMs) this.#newestEndMs = endMs;
  }

  recent(symbol: string, timeframe: Timeframe): readonly Candle[] {
    return (this.#series.get(`${symbol}/${timeframe}`) ?? []).slice(-LIMITS.market.history);
  }

  newest(symbol: string, timeframe: Timeframe): Candle | undefined {
    return this.#series.get(`${symbol}/${timeframe}`)?.at(-1);
  }

  closeBefore(symbol: string, timeframe: Timeframe, time: number): number {
    const series = this.#series.get(`${symbol}/${timeframe}`) ?? [];
    // What is asked for is nearly always the newest or the one before it.
    let at = series.length - 1;
    while (at >= 0 && (series[at] as Candle).time >= time) at -= 1;
    return series[at]?.close ?? Number.NaN;
  }

  newestEndMs(): number | undefined {
    return this.#newestEndMs;
  }

  async close(): Promise<void> {}
}
