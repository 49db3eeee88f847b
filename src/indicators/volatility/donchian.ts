import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowHighest, WindowLowest } from '../parts/window-extreme.js';

class Donchian extends StreamingIndicator {
  readonly #highest: WindowHighest;
  readonly #lowest: WindowLowest;

  constructor(period: number) {
    super(3);
    this.#highest = this.keep(new WindowHighest(period));
    this.#lowest = this.keep(new WindowLowest(period));
  }

  override update(candle: CandleInput): void {
    const upper = this.#highest.update(candle.high);
    const lower = this.#lowest.update(candle.low);
    const { values } = this;
    values[0] = upper;
    values[1] = (upper + lower) / 2;
    values[2] = lower;
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
