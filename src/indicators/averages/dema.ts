import { EmaChain } from '../parts/ema-chain.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class Dema extends StreamingIndicator {
  readonly #chain: EmaChain;

  constructor(period: number) {
    super(1);
    this.#chain = this.keep(new EmaChain(period, 2));
  }

  override update(candle: CandleInput): void {
    const twice = this.#chain.update(candle.close);
    if (Number.isNaN(twice)) return;
    this.values[0] = 2 * this.#chain.line(1) - twice;
  }
}

export function dema(period: number): IndicatorDefinition {
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: [
      {
        name: `dema_${period}`,
        definition: `2 · EMA − EMA of EMA, of the close over ${period}`,
        warmup: 2 * period - 1,
        settles: 2 * emaSettles(period),
        unit: 'price',
      },
    ],
    create: () => new Dema(period),
  };
}
