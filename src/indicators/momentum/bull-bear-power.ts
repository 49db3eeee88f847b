import { EmaLine } from '../parts/ema-line.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class BullBearPower extends StreamingIndicator {
  readonly #line: EmaLine;

  constructor(period: number) {
    super(2);
    this.#line = this.keep(new EmaLine(period));
  }

  override update(candle: CandleInput): void {
    const average = this.#line.update(candle.close);
    this.values[0] = candle.high - average;
    this.values[1] = candle.low - average;
  }
}

export function bullBearPower(period: number): IndicatorDefinition {
  const settles = emaSettles(period);
  return {
    family: 'momentum',
    source: 'Suho',
    volume: false,
    columns: [
      { name: 'bull_power', definition: `high − EMA ${period} of the close`, warmup: period, settles, unit: 'price' },
      { name: 'bear_power', definition: `low − EMA ${period} of the close`, warmup: period, settles, unit: 'price' },
    ],
    create: () => new BullBearPower(period),
  };
}
