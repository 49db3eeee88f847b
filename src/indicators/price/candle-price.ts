import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { typicalPrice } from '../parts/typical-price.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class CandlePrice extends StreamingIndicator {
  constructor() {
    super(3);
  }

  override update(candle: CandleInput): void {
    const { high, low, close } = candle;
    this.values[0] = typicalPrice(candle);
    this.values[1] = (high + low) / 2;
    this.values[2] = (high + low + close * 2) / 4;
  }
}

export function candlePrice(): IndicatorDefinition {
  const column = (name: string, definition: string) => ({ name, definition, warmup: 1, unit: 'price' as const });
  return {
    family: 'price',
    source: 'TA-Lib',
    volume: false,
    columns: [
      column('typical', '(high + low + close) / 3'),
      column('median', '(high + low) / 2'),
      column('weighted_close', '(high + low + 2 · close) / 4'),
    ],
    create: () => new CandlePrice(),
  };
}
