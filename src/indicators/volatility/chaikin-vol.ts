import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';
import { PastValues } from '../parts/past-values.js';

/** Candles seen, at most the warm-up. */
const COUNT = 0;
const AVERAGE = 1;

class ChaikinVolatility extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #averages: PastValues;
  readonly #weight: number;

  constructor(period: number) {
    super(1);
    this.#averages = this.keep(new PastValues(period));
    this.#weight = 2 / (period + 1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const warmup = 2 * this.#averages.length;
    const range = candle.high - candle.low;
    const average = state[COUNT] === 0 ? range : state[AVERAGE] + (range - state[AVERAGE]) * this.#weight;
    const before = this.#averages.update(average);
    state[AVERAGE] = average;
    if (state[COUNT] < warmup) state[COUNT] += 1;
    if (state[COUNT] === warmup) this.values[0] = isTaZero(before) ? 0 : (100 * (average - before)) / before;
  }
}

export function chaikinVol(period: number): IndicatorDefinition {
  const average = `EMA ${period} of high − low, seeded with its first`;
  const definition = `100 · (a / a ${period} candles before − 1), a = ${average}; 0 where a was below 1e-14`;
  return {
    family: 'volatility',
    source: 'Tulip',
    volume: false,
    columns: [
      {
        name: `chaikin_vol_${period}`,
        definition,
        warmup: 2 * period,
        settles: emaSettles(period) + period,
        unit: 'percent',
      },
    ],
    create: () => new ChaikinVolatility(period),
  };
}
