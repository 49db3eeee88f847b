import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { logReturn } from '../parts/log-return.js';
import { WindowValues } from '../parts/window-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class LogReturn extends StreamingIndicator {
  readonly #closes: WindowValues;

  constructor(period: number) {
    super(1);
    this.#closes = this.keep(new WindowValues(period));
  }

  override update(candle: CandleInput): void {
    this.values[0] = logReturn(candle.close, this.#closes.update(candle.close));
  }
}

export function logReturnOver(period: number): IndicatorDefinition {
  const definition = `ln(close / close ${period === 1 ? 'before' : `${period} candles before`})`;
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [{ name: `log_return_${period}`, definition, warmup: period + 1, unit: 'share' }],
    create: () => new LogReturn(period),
  };
}
