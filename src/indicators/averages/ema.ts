import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Candles seen, at most the longest period, and the sum of their closes, of which each average takes its seed. */
const COUNT = 0;
const SUM = 1;

/** One average per period, kept nowhere but in its column: before its seed it is NaN, and moving NaN leaves it NaN. */
class Ema extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #weights: Float64Array;
  readonly #longest: number;

  constructor(readonly periods: readonly number[]) {
    super(periods.length);
    this.#weights = Float64Array.from(periods, (period) => 2 / (period + 1));
    this.#longest = Math.max(...periods);
  }

  override update(candle: CandleInput): void {
    const { values } = this;
    const weights = this.#weights;
    const { close } = candle;
    for (let at = 0; at < weights.length; at++) {
      const before = values[at] as number;
      values[at] = before + (close - before) * (weights[at] as number);
    }
    if (this.#state[COUNT] < this.#longest) this.#seed(candle);
  }

  #seed(candle: CandleInput): void {
    const state = this.#state;
    state[COUNT] += 1;
    state[SUM] += candle.close;
    const begun = this.periods.indexOf(state[COUNT]);
    if (begun >= 0) this.values[begun] = state[SUM] / state[COUNT];
  }
}

export function ema(...periods: readonly number[]): IndicatorDefinition {
  const definition = (period: number): string =>
    `exponential average of the close, weight 2/${period + 1}, seeded with the mean of the first ${period}`;
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: periods.map((period) => ({
      name: `ema_${period}`,
      definition: definition(period),
      warmup: period,
      settles: emaSettles(period),
      unit: 'price',
    })),
    create: () => new Ema(periods),
  };
}
