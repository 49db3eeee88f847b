import type { CandleInput, CandleStream, Indicator, IndicatorDefinition } from '../../src/indicators/indicator.js';

/** What another symbol closed at last before `time`: a price of its own that swings by a hundredth in the course of days. */
export function closeOfOther(symbol: string, time: number): number {
  const level = symbol.endsWith('JPY') ? 105 : symbol.endsWith('SEK') ? 8.4 : 1.3;
  return level * (1 + 0.01 * Math.sin(time / 3e8 + symbol.charCodeAt(0) + symbol.charCodeAt(3)));
}

/** The stream that these candles are: EURUSD, the length of a candle by the first two, and every other symbol known. */
export function streamOf(candles: readonly CandleInput[]): CandleStream {
  const spanMs = (candles[1]?.time ?? 60_000) - (candles[0]?.time ?? 0);
  return { symbol: 'EURUSD', spanMs, closeBefore: closeOfOther };
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
