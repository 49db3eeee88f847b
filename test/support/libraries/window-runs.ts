/**
 * TA-Lib keeps running sums: each price that leaves is subtracted again, and the rounding of all of them stays behind. Where a
 * column depends on its last `length` candles only, running the function afresh over each such window gives TA-Lib's own
 * arithmetic without what was left behind, and so something to be held to the last digit against.
 */
import type { PriceSeries, TaLibRun } from './libraries.js';

export function lastOfWindows(run: TaLibRun, output: string, length: number): (series: PriceSeries) => number[] {
  return (series) =>
    series.close.map((_, at) => {
      if (at + 1 < length) return Number.NaN;
      const cut = (values: number[]): number[] => values.slice(at + 1 - length, at + 1);
      const window = {
        open: cut(series.open),
        high: cut(series.high),
        low: cut(series.low),
        close: cut(series.close),
        volume: cut(series.volume),
      };
      return run(window)[output]?.at(-1) ?? Number.NaN;
    });
}
