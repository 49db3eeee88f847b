import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WilderRange } from '../parts/wilder-range.js';
import { wilderSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

class Natr extends StreamingIndicator {
  readonly #range: WilderRange;

  constructor(period: number) {
    super(1);
    this.#range = this.keep(new WilderRange(period));
  }

  override update(candle: CandleInput): void {
    const range = this.#range.update(candle);
    this.values[0] = isTaZero(candle.close) && !Number.isNaN(range) ? 0 : 100 * (range / candle.close);
  }
}

export function natr(period: number): IndicatorDefinition {
  const definition = `100 · atr_${period} / close`;
  return {
    family: 'volatility',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `natr_${period}`, definition, warmup: period + 1, settles: wilderSettles(period), unit: 'percent' }],
    create: () => new Natr(period),
  };
}
