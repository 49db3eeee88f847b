import { EmaChain } from '../parts/ema-chain.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Mulloy's two averages, which take back most of an average's delay by averages of averages: both read off one chain. */
class Mulloy extends StreamingIndicator {
  readonly #chain: EmaChain;

  constructor(period: number) {
    super(2);
    this.#chain = this.keep(new EmaChain(period, 3));
  }

  override update(candle: CandleInput): void {
    const chain = this.#chain;
    const thrice = chain.update(candle.close);
    if (!chain.has(2)) return;
    const once = chain.line(1);
    const twice = chain.line(2);
    this.values[0] = 2 * once - twice;
    this.values[1] = 3 * (once - twice) + thrice;
  }
}

/** `dema` and `tema`. */
export function mulloy(period: number): IndicatorDefinition {
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
      {
        name: `tema_${period}`,
        definition: `3 · EMA − 3 · EMA of EMA + EMA of EMA of EMA, of the close over ${period}`,
        warmup: 3 * period - 2,
        settles: 3 * emaSettles(period),
        unit: 'price',
      },
    ],
    create: () => new Mulloy(period),
  };
}
