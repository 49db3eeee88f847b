import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WmaLine } from '../parts/wma-line.js';

class Wma extends StreamingIndicator {
  readonly #line: WmaLine;

  constructor(period: number) {
    super(1);
    this.#line = this.keep(new WmaLine(period));
  }

  override update(candle: CandleInput): void {
    this.values[0] = this.#line.update(candle.close);
  }
}

export function wma(period: number): IndicatorDefinition {
  const definition = `mean of the last ${period} closes, the newest weighing ${period}, the oldest 1`;
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `wma_${period}`, definition, warmup: period, unit: 'price' }],
    create: () => new Wma(period),
  };
}
