import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class Momentum extends StreamingIndicator {
  readonly #closes: PastValues;

  constructor(period: number) {
    super(1);
    this.#closes = this.keep(new PastValues(period));
  }

  override update(candle: CandleInput): void {
    this.values[0] = candle.close - this.#closes.update(candle.close);
  }
}

export function mom(period: number): IndicatorDefinition {
  const definition = `close − close ${period} candles before`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `mom_${period}`, definition, warmup: period + 1, unit: 'price' }],
    create: () => new Momentum(period),
  };
}
