import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WmaLine } from '../parts/wma-line.js';

class Coppock extends StreamingIndicator {
  readonly #closes: PastValues;
  readonly #line: WmaLine;

  constructor(
    period: number,
    long: number,
    readonly short: number,
  ) {
    super(1);
    this.#closes = this.keep(new PastValues(long));
    this.#line = this.keep(new WmaLine(period));
  }

  override update(candle: CandleInput): void {
    const { close } = candle;
    const far = this.#closes.update(close);
    if (Number.isNaN(far)) return;
    const near = this.#closes.ago(this.short);
    this.values[0] = this.#line.update(100 * ((close - far) / far + (close - near) / near));
  }
}

export function coppock(period: number, long: number, short: number): IndicatorDefinition {
  return {
    family: 'momentum',
    source: 'Suho',
    volume: false,
    columns: [
      {
        name: 'coppock',
        definition: `WMA ${period} of ROC ${long} + ROC ${short} of the close in percent`,
        warmup: long + period,
        unit: 'percent',
      },
    ],
    create: () => new Coppock(period, long, short),
  };
}
