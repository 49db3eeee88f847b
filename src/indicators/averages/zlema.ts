import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Candles seen, at most `period`. */
const COUNT = 0;
const AVERAGE = 1;

/** An exponential average of the close and what it gained over half the window; it starts from the last close that has no past. */
class Zlema extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #closes: PastValues;
  readonly #weight: number;

  constructor(
    readonly period: number,
    lag: number,
  ) {
    super(1);
    this.#closes = this.keep(new PastValues(lag));
    this.#weight = 2 / (period + 1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { close } = candle;
    const past = this.#closes.update(close);
    if (Number.isNaN(past)) state[AVERAGE] = close;
    else state[AVERAGE] += (close + (close - past) - state[AVERAGE]) * this.#weight;
    if (state[COUNT] < this.period) state[COUNT] += 1;
    if (state[COUNT] === this.period) this.values[0] = state[AVERAGE];
  }
}

export function zlema(period: number): IndicatorDefinition {
  const lag = Math.floor((period - 1) / 2);
  return {
    family: 'averages',
    source: 'Tulip',
    volume: false,
    columns: [
      {
        name: `zlema_${period}`,
        definition: `exponential average of 2 · close − close ${lag} before, weight 2/${period + 1}, seeded with the ${lag}th close`,
        warmup: period,
        settles: emaSettles(period),
        unit: 'price',
      },
    ],
    create: () => new Zlema(period, lag),
  };
}
