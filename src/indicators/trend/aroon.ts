import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowHighest, WindowLowest } from '../parts/window-extreme.js';

class Aroon extends StreamingIndicator {
  readonly #highest: WindowHighest;
  readonly #lowest: WindowLowest;
  readonly #step: number;

  constructor(readonly period: number) {
    super(3);
    this.#highest = this.keep(new WindowHighest(period + 1));
    this.#lowest = this.keep(new WindowLowest(period + 1));
    this.#step = 100 / period;
  }

  override update(candle: CandleInput): void {
    this.#highest.update(candle.high);
    if (Number.isNaN(this.#lowest.update(candle.low))) return;
    const sinceHigh = this.#highest.age;
    const sinceLow = this.#lowest.age;
    const { values, period } = this;
    const step = this.#step;
    values[0] = step * (period - sinceHigh);
    values[1] = step * (period - sinceLow);
    values[2] = step * (sinceLow - sinceHigh);
  }
}

export function aroon(period: number): IndicatorDefinition {
  const column = (name: string, definition: string) => ({ name, definition, warmup: period + 1, unit: 'percent' as const });
  const since = (extreme: string): string =>
    `100 · (${period} − candles since the ${extreme} of the last ${period + 1}, the newest of equals) / ${period}`;
  return {
    family: 'trend',
    source: 'TA-Lib',
    volume: false,
    columns: [
      column('aroon_up', since('highest high')),
      column('aroon_down', since('lowest low')),
      column('aroon_osc', 'aroon_up − aroon_down'),
    ],
    create: () => new Aroon(period),
  };
}
