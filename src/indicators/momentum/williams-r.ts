import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowRange } from '../parts/window-range.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class WilliamsR extends StreamingIndicator {
  readonly #range: WindowRange;

  constructor(period: number) {
    super(1);
    this.#range = this.keep(new WindowRange(period));
  }

  override update(candle: CandleInput): void {
    this.#range.high = candle.high;
    this.#range.low = candle.low;
    if (!this.#range.advance()) return;
    const { highest, lowest } = this.#range;
    const range = highest - lowest;
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
