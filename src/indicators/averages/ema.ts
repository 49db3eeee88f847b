import { EmaLine } from '../parts/ema-line.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class Ema extends StreamingIndicator {
  readonly #line: EmaLine;

  constructor(period: number) {
    super(1);
    this.#line = this.keep(new EmaLine(period));
  }

  override update(candle: CandleInput): void {
    this.values[0] = this.#line.update(candle.close);
  }
}

export function ema(period: number): IndicatorDefinition {
  const definition = `exponential average of the close, weight 2/${period + 1}, seeded with the mean of the first ${period}`;
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `ema_${period}`, definition, warmup: period, settles: emaSettles(period), unit: 'price' }],
    create: () => new Ema(period),
  };
}
