import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowHighest } from '../parts/window-extreme.js';
import { WindowSum } from '../parts/window-sum.js';

class Ulcer extends StreamingIndicator {
  readonly #highest: WindowHighest;
  readonly #squares: WindowSum;

  constructor(period: number) {
    super(1);
    this.#highest = this.keep(new WindowHighest(period));
    this.#squares = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    const highest = this.#highest.update(candle.close);
    if (Number.isNaN(highest)) return;
    const drawdown = 100 * ((candle.close - highest) / highest);
    this.values[0] = Math.sqrt(this.#squares.update(drawdown * drawdown) / this.#squares.period);
  }
}

export function ulcer(period: number): IndicatorDefinition {
  const drawdown = `the drawdown, in percent, of each close from the highest of the ${period} up to it`;
  return {
    family: 'volatility',
    source: 'Suho',
    volume: false,
    columns: [
      {
        name: `ulcer_${period}`,
        definition: `root of the mean square over ${period} of ${drawdown}`,
        warmup: 2 * period - 1,
        unit: 'percent',
      },
    ],
    create: () => new Ulcer(period),
  };
}
