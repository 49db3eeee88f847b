import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

class Sma extends StreamingIndicator {
  readonly #sum: WindowSum;

  constructor(period: number) {
    super(1);
    this.#sum = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    this.values[0] = this.#sum.update(candle.close) / this.#sum.period;
  }
}

export function sma(period: number): IndicatorDefinition {
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `sma_${period}`, definition: `mean of the last ${period} closes`, warmup: period, unit: 'price' }],
    create: () => new Sma(period),
  };
}
