import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WmaLine } from '../parts/wma-line.js';

/** One line per period. */
class Wma extends StreamingIndicator {
  readonly #lines: readonly WmaLine[];

  constructor(periods: readonly number[]) {
    super(periods.length);
    this.#lines = periods.map((period) => this.keep(new WmaLine(period)));
  }

  override update(candle: CandleInput): void {
    const { values } = this;
    const lines = this.#lines;
    const { close } = candle;
    for (let at = 0; at < lines.length; at++) values[at] = (lines[at] as WmaLine).update(close);
  }
}

export function wma(...periods: readonly number[]): IndicatorDefinition {
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: periods.map((period) => ({
      name: `wma_${period}`,
      definition: `mean of the last ${period} closes, the newest weighing ${period}, the oldest 1`,
      warmup: period,
      unit: 'price',
    })),
    create: () => new Wma(periods),
  };
}
