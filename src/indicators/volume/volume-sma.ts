import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowSum } from '../parts/window-sum.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class VolumeSma extends StreamingIndicator {
  readonly #sum: WindowSum;

  constructor(period: number) {
    super(1);
    this.#sum = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    this.values[0] = this.#sum.update(candle.volume) / this.#sum.period;
  }
}

export function volumeSma(period: number): IndicatorDefinition {
  const definition = `mean of the last ${period} volumes`;
  return {
    family: 'volume',
    source: 'TA-Lib',
    volume: true,
    columns: [{ name: `volume_sma_${period}`, definition, warmup: period, unit: 'volume' }],
    create: () => new VolumeSma(period),
  };
}
