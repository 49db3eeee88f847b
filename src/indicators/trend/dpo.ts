import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowMoments } from '../parts/window-moments.js';

/** The mean is that of the window's moments: exact where prices stand still, as a sum divided would not be. */
class Dpo extends StreamingIndicator {
  readonly #closes: PastValues;
  readonly #moments: WindowMoments;

  constructor(period: number, back: number) {
    super(1);
    this.#closes = this.keep(new PastValues(back));
    this.#moments = this.keep(new WindowMoments(period));
  }

  override update(candle: CandleInput): void {
    const past = this.#closes.update(candle.close);
    if (this.#moments.update(candle.close)) this.values[0] = past - this.#moments.mean;
  }
}

export function dpo(period: number): IndicatorDefinition {
  const back = Math.floor(period / 2) + 1;
  return {
    family: 'trend',
    source: 'Tulip',
    volume: false,
    columns: [
      {
        name: `dpo_${period}`,
        definition: `close ${back} candles before − SMA ${period} of the close`,
        warmup: period,
        unit: 'price',
      },
    ],
    create: () => new Dpo(period, back),
  };
}
