import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

/** Weights that rise to the middle and fall again are those of a mean of means over half the window. */
class Trima extends StreamingIndicator {
  readonly #closes: WindowSum;
  readonly #sums: WindowSum;
  readonly #weights: number;

  constructor(period: number) {
    super(1);
    this.#closes = this.keep(new WindowSum(Math.ceil(period / 2)));
    this.#sums = this.keep(new WindowSum(Math.floor(period / 2) + 1));
    this.#weights = this.#closes.period * this.#sums.period;
  }

  override update(candle: CandleInput): void {
    const sum = this.#closes.update(candle.close);
    if (Number.isNaN(sum)) return;
    this.values[0] = this.#sums.update(sum) / this.#weights;
  }
}

export function trima(period: number): IndicatorDefinition {
  const definition = `mean of the last ${period} closes, weights rising by 1 from 1 to the middle and falling again`;
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `trima_${period}`, definition, warmup: period, unit: 'price' }],
    create: () => new Trima(period),
  };
}
