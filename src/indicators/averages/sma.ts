import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

/** One sum per period. */
class Sma extends StreamingIndicator {
  readonly #sums: readonly WindowSum[];

  constructor(periods: readonly number[]) {
    super(periods.length);
    this.#sums = periods.map((period) => this.keep(new WindowSum(period)));
  }

  override update(candle: CandleInput): void {
    const { values } = this;
    const sums = this.#sums;
    const { close } = candle;
    for (let at = 0; at < sums.length; at++) {
      const sum = sums[at] as WindowSum;
      values[at] = sum.update(close) / sum.period;
    }
  }
}

export function sma(...periods: readonly number[]): IndicatorDefinition {
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: periods.map((period) => ({
      name: `sma_${period}`,
      definition: `mean of the last ${period} closes`,
      warmup: period,
      unit: 'price',
    })),
    create: () => new Sma(periods),
  };
}
