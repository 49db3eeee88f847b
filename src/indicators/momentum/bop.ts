import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

class BalanceOfPower extends StreamingIndicator {
  constructor() {
    super(1);
  }

  override update({ open, high, low, close }: CandleInput): void {
    const range = high - low;
    this.values[0] = range < 0 || isTaZero(range) ? 0 : (close - open) / range;
  }
}

export function bop(): IndicatorDefinition {
  const definition = '(close − open) / (high − low); 0 where high = low';
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: 'bop', definition, warmup: 1, unit: 'share' }],
    create: () => new BalanceOfPower(),
  };
}
