import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WilderRange } from '../parts/wilder-range.js';
import { wilderSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class Atr extends StreamingIndicator {
  readonly #range: WilderRange;

  constructor(period: number) {
    super(1);
    this.#range = this.keep(new WilderRange(period));
  }

  override update(candle: CandleInput): void {
    this.values[0] = this.#range.update(candle);
  }
}

export function atr(period: number): IndicatorDefinition {
  const definition = `Wilder average of tr over ${period}, seeded with the mean of the first ${period}`;
  return {
    family: 'volatility',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `atr_${period}`, definition, warmup: period + 1, settles: wilderSettles(period), unit: 'price' }],
    create: () => new Atr(period),
  };
}
