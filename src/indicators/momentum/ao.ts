import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowMean } from '../parts/window-mean.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class AwesomeOscillator extends StreamingIndicator {
  readonly #short: WindowMean;
  readonly #long: WindowMean;

  constructor(short: number, long: number) {
    super(1);
    this.#short = this.keep(new WindowMean(short));
    this.#long = this.keep(new WindowMean(long));
  }

  override update(candle: CandleInput): void {
    const median = 0.5 * (candle.high + candle.low);
    this.values[0] = this.#short.update(median) - this.#long.update(median);
  }
}

export function ao(short: number, long: number): IndicatorDefinition {
  const definition = `mean of (high + low)/2 over ${short} − the same over ${long}`;
  return {
    family: 'momentum',
    source: 'Tulip',
    volume: false,
    columns: [{ name: 'ao', definition, warmup: long, unit: 'price' }],
    create: () => new AwesomeOscillator(short, long),
  };
}
