import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowHighest, WindowLowest } from '../parts/window-extreme.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class WilliamsR extends StreamingIndicator {
  readonly #highest: WindowHighest;
  readonly #lowest: WindowLowest;

  constructor(period: number) {
    super(1);
    this.#highest = this.keep(new WindowHighest(period));
    this.#lowest = this.keep(new WindowLowest(period));
  }

  override update(candle: CandleInput): void {
    const highest = this.#highest.update(candle.high);
    const range = highest - this.#lowest.update(candle.low);
    this.values[0] = range === 0 ? 0 : 100 * ((candle.close - highest) / range);
  }
}

export function williamsR(period: number): IndicatorDefinition {
  const definition = `100 · (close − highest high) / (highest high − lowest low) of ${period} candles; 0 where these are equal`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `williams_r_${period}`, definition, warmup: period, unit: 'percent' }],
    create: () => new WilliamsR(period),
  };
}
