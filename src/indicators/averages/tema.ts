import { EmaChain } from '../parts/ema-chain.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class Tema extends StreamingIndicator {
  readonly #chain: EmaChain;

  constructor(period: number) {
    super(1);
    this.#chain = this.keep(new EmaChain(period, 3));
  }

  override update(candle: CandleInput): void {
    const thrice = this.#chain.update(candle.close);
    if (Number.isNaN(thrice)) return;
    this.values[0] = 3 * (this.#chain.line(1) - this.#chain.line(2)) + thrice;
  }
}

export function tema(period: number): IndicatorDefinition {
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: [
      {
        name: `tema_${period}`,
        definition: `3 · EMA − 3 · EMA of EMA + EMA of EMA of EMA, of the close over ${period}`,
        warmup: 3 * period - 2,
        settles: 3 * emaSettles(period),
        unit: 'price',
      },
    ],
    create: () => new Tema(period),
  };
}
