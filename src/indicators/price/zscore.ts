import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowValues } from '../parts/window-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/**
 * All is measured from the present close, which is in the window: its distance from the mean keeps digits that the mean itself,
 * as a price, has no room for.
 */
class ZScore extends StreamingIndicator {
  readonly #closes: WindowValues;

  constructor(period: number) {
    super(1);
    this.#closes = this.keep(new WindowValues(period));
  }

  override update(candle: CandleInput): void {
    const { close } = candle;
    this.#closes.update(close);
    if (!this.#closes.full) return;
    const { cells, start, period } = this.#closes;
    const end = start + period;
    let sum = 0;
    for (let at = start; at < end; at++) sum += (cells[at] as number) - close;
    const mean = sum / period;
    let squares = 0;
    for (let at = start; at < end; at++) {
      const deviation = (cells[at] as number) - close - mean;
      squares += deviation * deviation;
    }
    this.values[0] = squares === 0 ? 0 : -mean / Math.sqrt(squares / period);
  }
}

export function zscore(period: number): IndicatorDefinition {
  const definition = `(close − mean) / population standard deviation of the last ${period} closes; 0 where all are equal`;
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [{ name: `zscore_${period}`, definition, warmup: period, unit: 'index' }],
    create: () => new ZScore(period),
  };
}
