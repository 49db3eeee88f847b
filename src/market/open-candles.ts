import type { Candle } from './candle.js';
import type { Timeframe } from './timeframe.js';

/** The candles in progress of each symbol, worked out when somebody asks. */
export class OpenCandles {
  readonly #of = new Map<string, () => readonly Candle[]>();

  /** By the symbol's actor; one that was made anew takes its place. */
  follow(symbol: string, unfinished: () => readonly Candle[]): void {
    this.#of.set(symbol, unfinished);
  }

  of(symbol: string, timeframe: Timeframe): Candle | undefined {
    return this.#of
      .get(symbol)?.()
      .find((candle) => candle.timeframe === timeframe);
  }
}
