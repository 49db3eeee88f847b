import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class CandleShares extends StreamingIndicator {
  constructor() {
    super(3);
  }

  override update(candle: CandleInput): void {
    const { open, high, low, close } = candle;
    const { values } = this;
    const range = high - low;
    const top = Math.max(open, close);
    const bottom = Math.min(open, close);
    values[0] = range === 0 ? 0 : (top - bottom) / range;
    values[1] = range === 0 ? 0 : (high - top) / range;
    values[2] = range === 0 ? 0 : (bottom - low) / range;
  }
}

export function candleShares(): IndicatorDefinition {
  const column = (name: string, definition: string) => ({ name, definition, warmup: 1, unit: 'share' as const });
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [
      column('body_ratio', '|close − open| / (high − low); 0 where high = low'),
      column('upper_wick_ratio', '(high − the higher of open and close) / (high − low); 0 where high = low'),
      column('lower_wick_ratio', '(the lower of open and close − low) / (high − low); 0 where high = low'),
    ],
    create: () => new CandleShares(),
  };
}
