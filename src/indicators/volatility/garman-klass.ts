import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

const BODY = 2 * Math.LN2 - 1;

class GarmanKlass extends StreamingIndicator {
  readonly #variances: WindowSum;

  constructor(period: number) {
    super(1);
    this.#variances = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    const range = Math.log(candle.high / candle.low);
    const body = Math.log(candle.close / candle.open);
    const variance = this.#variances.update(0.5 * range * range - BODY * body * body) / this.#variances.period;
    // Below zero only where opens and closes lie outside their candles.
    this.values[0] = Math.sqrt(Math.max(variance, 0));
  }
}

export function garmanKlass(period: number): IndicatorDefinition {
  const definition = `square root of the mean over ${period} of ½ ln(high/low)² − (2 ln 2 − 1) ln(close/open)², at least 0, not annualised`;
  return {
    family: 'volatility',
    source: 'Suho',
    volume: false,
    columns: [{ name: `garman_klass_${period}`, definition, warmup: period, unit: 'share' }],
    create: () => new GarmanKlass(period),
  };
}
