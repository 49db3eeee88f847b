import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WmaLine } from '../parts/wma-line.js';

class Hma extends StreamingIndicator {
  readonly #half: WmaLine;
  readonly #whole: WmaLine;
  readonly #root: WmaLine;

  constructor(half: number, whole: number, root: number) {
    super(1);
    this.#half = this.keep(new WmaLine(half));
    this.#whole = this.keep(new WmaLine(whole));
    this.#root = this.keep(new WmaLine(root));
  }

  override update(candle: CandleInput): void {
    const half = this.#half.update(candle.close);
    const whole = this.#whole.update(candle.close);
    if (Number.isNaN(whole)) return;
    this.values[0] = this.#root.update(2 * half - whole);
  }
}

export function hma(period: number): IndicatorDefinition {
  const half = Math.floor(period / 2);
  const root = Math.floor(Math.sqrt(period));
  return {
    family: 'averages',
    source: 'Tulip',
    volume: false,
    columns: [
      {
        name: `hma_${period}`,
        definition: `Hull's average: WMA ${root} of 2 · WMA ${half} − WMA ${period} of the close`,
        warmup: period + root - 1,
        unit: 'price',
      },
    ],
    create: () => new Hma(half, period, root),
  };
}
