import { EmaChain } from '../parts/ema-chain.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Tillson's average: EMA · (1 + factor) − EMA of EMA · factor, done three times over, worked out in powers of the factor. */
class T3 extends StreamingIndicator {
  readonly #chain: EmaChain;
  readonly #third: number;
  readonly #fourth: number;
  readonly #fifth: number;
  readonly #sixth: number;

  constructor(period: number, factor: number) {
    super(1);
    this.#chain = this.keep(new EmaChain(period, 6));
    const square = factor * factor;
    const cube = square * factor;
    this.#third = 1 + 3 * factor + 3 * square + cube;
    this.#fourth = -3 * factor - 6 * square - 3 * cube;
    this.#fifth = 3 * square + 3 * cube;
    this.#sixth = -cube;
  }

  override update(candle: CandleInput): void {
    const chain = this.#chain;
    const sixth = chain.update(candle.close);
    if (Number.isNaN(sixth)) return;
    this.values[0] =
      this.#sixth * sixth + this.#fifth * chain.line(5) + this.#fourth * chain.line(4) + this.#third * chain.line(3);
  }
}

export function t3(period: number, factor: number): IndicatorDefinition {
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: [
      {
        name: `t3_${period}`,
        definition: `((1 + ${factor}) · EMA ${period} − ${factor} · EMA of EMA) thrice over, of the close, from six EMAs in a chain`,
        warmup: 6 * (period - 1) + 1,
        settles: 6 * emaSettles(period),
        unit: 'price',
      },
    ],
    create: () => new T3(period, factor),
  };
}
