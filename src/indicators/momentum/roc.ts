import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class RateOfChange extends StreamingIndicator {
  readonly #closes: PastValues;

  constructor(period: number) {
    super(1);
    this.#closes = this.keep(new PastValues(period));
  }

  override update(candle: CandleInput): void {
    const before = this.#closes.update(candle.close);
    this.values[0] = before === 0 ? 0 : 100 * ((candle.close - before) / before);
  }
}

export function roc(period: number): IndicatorDefinition {
  const definition = `100 · (close / close ${period} candles before − 1)`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `roc_${period}`, definition, warmup: period + 1, unit: 'percent' }],
    create: () => new RateOfChange(period),
  };
}
