import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { logReturn } from '../parts/log-return.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Since the closes that came so many candles before. */
class LogReturns extends StreamingIndicator {
  readonly #closes: PastValues;

  constructor(readonly periods: readonly number[]) {
    super(periods.length);
    this.#closes = this.keep(new PastValues(Math.max(...periods) + 1));
  }

  override update(candle: CandleInput): void {
    const { values, periods } = this;
    const closes = this.#closes;
    const { close } = candle;
    closes.update(close);
    for (let at = 0; at < periods.length; at++) values[at] = logReturn(close, closes.ago(periods[at] as number));
  }
}

export function logReturns(...periods: readonly number[]): IndicatorDefinition {
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: periods.map((period) => ({
      name: `log_return_${period}`,
      definition: `ln(close / close ${period === 1 ? 'before' : `${period} candles before`})`,
      warmup: period + 1,
      unit: 'share',
    })),
    create: () => new LogReturns(periods),
  };
}
