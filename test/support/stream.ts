import type { CandleInput, Indicator } from '../../src/indicators/indicator.js';

/** Per candle, the values of all columns after it. */
export function stream(indicator: Indicator, candles: readonly CandleInput[]): number[][] {
  return candles.map((candle) => {
    indicator.update(candle);
    return [...indicator.values];
  });
}

export function columnOf(rows: readonly (readonly number[])[], place: number): number[] {
  return rows.map((row) => row[place] as number);
}
