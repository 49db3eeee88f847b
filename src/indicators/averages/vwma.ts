import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

class Vwma extends StreamingIndicator {
  readonly #paid: WindowSum;
  readonly #volume: WindowSum;

  constructor(period: number) {
    super(1);
    this.#paid = this.keep(new WindowSum(period));
    this.#volume = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    const { close, volume } = candle;
    const paid = this.#paid.update(close * volume);
    const traded = this.#volume.update(volume);
    if (Number.isNaN(traded)) return;
    this.values[0] = traded === 0 ? close : paid / traded;
  }
}

export function vwma(period: number): IndicatorDefinition {
  const definition = `mean of the last ${period} closes weighted by volume; the close where there was none`;
  return {
    family: 'averages',
    source: 'Tulip',
    volume: true,
    columns: [{ name: `vwma_${period}`, definition, warmup: period, unit: 'price' }],
    create: () => new Vwma(period),
  };
}
