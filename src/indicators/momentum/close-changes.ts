import type { CandleInput, Column, IndicatorDefinition } from '../indicator.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** How far the close has come since some earlier ones, in percent and, since one of them, in price. */
class CloseChanges extends StreamingIndicator {
  readonly #closes: PastValues;

  constructor(
    readonly percent: readonly number[],
    readonly plain: number,
  ) {
    super(percent.length + 1);
    this.#closes = this.keep(new PastValues(Math.max(plain, ...percent) + 1));
  }

  override update(candle: CandleInput): void {
    const { values, percent } = this;
    const closes = this.#closes;
    const { close } = candle;
    closes.update(close);
    for (let at = 0; at < percent.length; at++) {
      const before = closes.ago(percent[at] as number);
      values[at] = before === 0 ? 0 : 100 * ((close - before) / before);
    }
    values[percent.length] = close - closes.ago(this.plain);
  }
}

/** `roc` over each of the first periods, `mom` over the second. */
export function closeChanges(percent: readonly number[], plain: number): IndicatorDefinition {
  const rates = percent.map(
    (period): Column => ({
      name: `roc_${period}`,
      definition: `100 · (close / close ${period} candles before − 1)`,
      warmup: period + 1,
      unit: 'percent',
    }),
  );
  const momentum: Column = {
    name: `mom_${plain}`,
    definition: `close − close ${plain} candles before`,
    warmup: plain + 1,
    unit: 'price',
  };
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [...rates, momentum],
    create: () => new CloseChanges(percent, plain),
  };
}
