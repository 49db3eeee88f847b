import { EmaLine } from '../parts/ema-line.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { isTaZero } from '../ta-zero.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** The distance of two averages in percent (ppo) and in price (apo). Unlike macd's, each is seeded from the first candle on. */
class PriceOscillator extends StreamingIndicator {
  readonly #fast: EmaLine;
  readonly #slow: EmaLine;

  constructor(fast: number, slow: number) {
    super(2);
    this.#fast = this.keep(new EmaLine(fast));
    this.#slow = this.keep(new EmaLine(slow));
  }

  override update(candle: CandleInput): void {
    const fast = this.#fast.update(candle.close);
    const slow = this.#slow.update(candle.close);
    if (Number.isNaN(slow)) return;
    const apart = fast - slow;
    this.values[0] = isTaZero(slow) ? 0 : 100 * (apart / slow);
    this.values[1] = apart;
  }
}

export function priceOscillator(fast: number, slow: number): IndicatorDefinition {
  const settles = emaSettles(slow);
  const apart = `EMA ${fast} − EMA ${slow} of the close`;
  return {
    family: 'trend',
    source: 'TA-Lib',
    volume: false,
    columns: [
      { name: 'ppo', definition: `100 · (${apart}) / EMA ${slow}`, warmup: slow, settles, unit: 'percent' },
      { name: 'apo', definition: apart, warmup: slow, settles, unit: 'price' },
    ],
    create: () => new PriceOscillator(fast, slow),
  };
}
