import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

class Parkinson extends StreamingIndicator {
  readonly #squares: WindowSum;
  readonly #share: number;

  constructor(period: number) {
    super(1);
    this.#squares = this.keep(new WindowSum(period));
    this.#share = 1 / (4 * Math.LN2 * period);
  }

  override update(candle: CandleInput): void {
    const range = Math.log(candle.high / candle.low);
    this.values[0] = Math.sqrt(this.#share * this.#squares.update(range * range));
  }
}

export function parkinson(period: number): IndicatorDefinition {
  const definition = `square root of the mean over ${period} of ln(high/low)² / (4 ln 2), not annualised`;
  return {
    family: 'volatility',
    source: 'Suho',
    volume: false,
    columns: [{ name: `parkinson_${period}`, definition, warmup: period, unit: 'share' }],
    create: () => new Parkinson(period),
  };
}
