import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowRange } from '../parts/window-range.js';

class Donchian extends StreamingIndicator {
  readonly #range: WindowRange;

  constructor(period: number) {
    super(3);
    this.#range = this.keep(new WindowRange(period));
  }

  override update(candle: CandleInput): void {
    this.#range.high = candle.high;
    this.#range.low = candle.low;
    if (!this.#range.advance()) return;
    const { highest, lowest } = this.#range;
    const { values } = this;
    values[0] = highest;
    values[1] = (highest + lowest) / 2;
    values[2] = lowest;
  }
}

export function donchian(period: number): IndicatorDefinition {
  const column = (name: string, definition: string) => ({ name, definition, warmup: period, unit: 'price' }) as const;
  return {
    family: 'volatility',
    source: 'Suho',
    volume: false,
    columns: [
      column('dc_upper', `highest high of the last ${period} candles, the present one included`),
      column('dc_middle', '(dc_upper + dc_lower) / 2'),
      column('dc_lower', `lowest low of the last ${period} candles, the present one included`),
    ],
    create: () => new Donchian(period),
  };
}
