import type { CandleInput } from '../indicator.js';
import { cells, type StreamingPart } from '../streaming-indicator.js';

/** The largest of the candle's own range and its distances from the close before. */
export function trueRange(candle: CandleInput, closeBefore: number): number {
  const { high, low } = candle;
  return Math.max(high - low, Math.abs(high - closeBefore), Math.abs(low - closeBefore));
}

/** Candles seen, at most period + 1. */
const COUNT = 0;
const CLOSE = 1;
/** The sum of the seed's ranges until there are enough, then the average. */
const VALUE = 2;

/** Wilder's average of the true range, seeded as in TA-Lib: the mean of the first `period` ranges, the first candle having none. */
export class WilderRange implements StreamingPart {
  readonly cells = cells(3);

  constructor(readonly period: number) {}

  /** The average, NaN until `period` + 1 candles have come. */
  update(candle: CandleInput): number {
    const state = this.cells;
    const { period } = this;
    const range = trueRange(candle, state[CLOSE]);
    state[CLOSE] = candle.close;
    if (state[COUNT] > period) {
      state[VALUE] = (state[VALUE] * (period - 1) + range) / period;
      return state[VALUE];
    }
    state[COUNT] += 1;
    if (state[COUNT] > 1) state[VALUE] += range;
    if (state[COUNT] <= period) return Number.NaN;
    state[VALUE] /= period;
    return state[VALUE];
  }
}
