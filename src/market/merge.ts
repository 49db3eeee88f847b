import type { Candle } from './candle.js';
import { TIMEFRAME_MS } from './timeframe.js';

/**
 * One series out of history and live candles of one symbol and timeframe, both in time order. A live candle is final, so
 * history only fills the starts that live has not got; gaps are counted anew, and the first keeps its own.
 */
export function mergeCandles(history: readonly Candle[], live: readonly Candle[]): Candle[] {
  const merged: Candle[] = [];
  let past = 0;
  let present = 0;
  while (past < history.length || present < live.length) {
    const old = history[past];
    const own = live[present];
    if (own !== undefined && (old === undefined || own.time <= old.time)) {
      append(merged, own);
      present += 1;
      if (old?.time === own.time) past += 1;
    } else if (old !== undefined) {
      append(merged, old);
      past += 1;
    }
  }
  return merged;
}

function append(merged: Candle[], candle: Candle): void {
  const before = merged.at(-1);
  const gapBefore = before === undefined ? candle.gapBefore : (candle.time - before.time) / TIMEFRAME_MS[candle.timeframe] - 1;
  merged.push(gapBefore === candle.gapBefore ? candle : { ...candle, gapBefore });
}
