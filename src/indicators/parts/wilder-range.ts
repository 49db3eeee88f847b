import type { CandleInput } from '../indicator.js';
import { cells, type StreamingPart } from '../streaming-indicator.js';

/** The largest of the candle's own range and its distances from the close before: how far it reached, that close included. */
export function trueRange(candle: CandleInput, closeBefore: number): number {
  let { high, low } = candle;
  if (closeBefore > high) high = closeBefore;
  if (closeBefore < low) low = closeBefore;
  return high - low;
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
    const count = state[COUNT];
    const before = state[VALUE];
    state[CLOSE] = candle.close;
    let average = (before * (period - 1) + range) / period;
    if (count <= period) {
      state[COUNT] = count + 1;
      if (count === 0) return Number.NaN;
      average = before + range;
      if (count < period) {
        state[VALUE] = average;
        return Number.NaN;
      }
      average /= period;
    }
    state[VALUE] = average;
    return average;
  }
}
