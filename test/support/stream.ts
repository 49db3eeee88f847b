import type { CandleInput, CandleStream, Indicator, IndicatorDefinition } from '../../src/indicators/indicator.js';

/** The stream that these candles are: EURUSD, the length of a candle by the first two, and every other symbol at 1. */
export function streamOf(candles: readonly CandleInput[]): CandleStream {
  const spanMs = (candles[1]?.time ?? 60_000) - (candles[0]?.time ?? 0);
  return { symbol: 'EURUSD', spanMs, closeBefore: () => 1 };
}

export function fresh(definition: IndicatorDefinition, candles: readonly CandleInput[]): Indicator {
  return definition.create(streamOf(candles));
}

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
