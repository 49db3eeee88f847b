import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowMoments } from '../parts/window-moments.js';

class Deviation extends StreamingIndicator {
  readonly #moments: WindowMoments;

  constructor(period: number) {
    super(2);
    this.#moments = this.keep(new WindowMoments(period));
  }

  override update(candle: CandleInput): void {
    if (!this.#moments.update(candle.close)) return;
    const { variance } = this.#moments;
    this.values[0] = Math.sqrt(variance);
    this.values[1] = variance;
  }
}

export function stddev(period: number): IndicatorDefinition {
  const definition = `mean squared distance of the last ${period} closes from their mean`;
  return {
    family: 'volatility',
    source: 'TA-Lib',
    volume: false,
    columns: [
      { name: `stddev_${period}`, definition: `square root of var_${period}`, warmup: period, unit: 'price' },
      { name: `var_${period}`, definition, warmup: period, unit: 'price²' },
    ],
    create: () => new Deviation(period),
  };
}
