import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

/** Candles seen, at most period + 1. */
const COUNT = 0;
const CLOSE = 1;
const GAIN = 2;
const LOSS = 3;

class Rsi extends StreamingIndicator {
  readonly #state = this.keepCells(4);

  constructor(readonly period: number) {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { period } = this;
    const change = candle.close - state[CLOSE];
    state[CLOSE] = candle.close;
    if (state[COUNT] === 0) {
      state[COUNT] = 1;
      return;
    }
    const gain = Math.max(change, 0);
    const loss = Math.max(-change, 0);
    if (state[COUNT] > period) {
      state[GAIN] = (state[GAIN] * (period - 1) + gain) / period;
      state[LOSS] = (state[LOSS] * (period - 1) + loss) / period;
    } else {
      state[COUNT] += 1;
      state[GAIN] += gain;
      state[LOSS] += loss;
      if (state[COUNT] <= period) return;
      state[GAIN] /= period;
      state[LOSS] /= period;
    }
    const total = state[GAIN] + state[LOSS];
    this.values[0] = isTaZero(total) ? 0 : 100 * (state[GAIN] / total);
  }
}

export function rsi(period: number): IndicatorDefinition {
  const definition = `100 · Wilder average of gains / (gains + losses) over ${period} changes of the close; 0 where both are 0`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `rsi_${period}`, definition, warmup: period + 1, settles: wilderSettles(period), unit: 'percent' }],
    create: () => new Rsi(period),
  };
}
