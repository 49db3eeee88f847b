import type { CandleInput } from '../indicator.js';
import { cells, type StreamingPart } from '../streaming-indicator.js';

/** Candles seen, at most period + 1. */
const COUNT = 0;
const CLOSE = 1;
const GAIN = 2;
const LOSS = 3;

/** Wilder's averages of the close's gains and of its losses, seeded as in TA-Lib: the means over the first `period` changes. */
export class WilderChanges implements StreamingPart {
  readonly cells = cells(4);

  constructor(readonly period: number) {}

  get gain(): number {
    return this.cells[GAIN];
  }

  get loss(): number {
    return this.cells[LOSS];
  }

  /** True once there were `period` changes: `gain` and `loss` are then the averages. */
  update(candle: CandleInput): boolean {
    const state = this.cells;
    const { period } = this;
    const count = state[COUNT];
    const change = candle.close - state[CLOSE];
    state[CLOSE] = candle.close;
    if (count === 0) {
      state[COUNT] = 1;
      return false;
    }
    // Half of a size and a change that cancel or are the same: exact, and without a branch that nobody could predict.
    const gain = (Math.abs(change) + change) / 2;
    const loss = gain - change;
    if (count > period) {
      state[GAIN] = (state[GAIN] * (period - 1) + gain) / period;
      state[LOSS] = (state[LOSS] * (period - 1) + loss) / period;
      return true;
    }
    state[COUNT] = count + 1;
    state[GAIN] += gain;
    state[LOSS] += loss;
    if (count < period) return false;
    state[GAIN] /= period;
    state[LOSS] /= period;
    return true;
  }
}
