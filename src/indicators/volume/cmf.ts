import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { moneyFlow } from '../parts/money-flow.js';
import { WindowSum } from '../parts/window-sum.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class ChaikinMoneyFlow extends StreamingIndicator {
  readonly #flow: WindowSum;
  readonly #volume: WindowSum;

  constructor(period: number) {
    super(1);
    this.#flow = this.keep(new WindowSum(period));
    this.#volume = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    const flow = this.#flow.update(moneyFlow(candle));
    const volume = this.#volume.update(candle.volume);
    this.values[0] = volume === 0 ? 0 : flow / volume;
  }
}

export function cmf(period: number): IndicatorDefinition {
  const definition =
    `sum over ${period} candles of volume · ((close − low) − (high − close)) / (high − low), 0 where high = low, ` +
    'over the sum of their volumes; 0 where that is 0';
  return {
    family: 'volume',
    source: 'Suho',
    volume: true,
    columns: [{ name: `cmf_${period}`, definition, warmup: period, unit: 'share' }],
    create: () => new ChaikinMoneyFlow(period),
  };
}
