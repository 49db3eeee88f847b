import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

/**
 * Pring's sum of averaged rates of change. Three of the four are averaged over the same ten candles: they share a window. The
 * shorter rates are there sooner, but nothing shows before all are, and so their windows may as well start together.
 */
class Kst extends StreamingIndicator {
  readonly #closes = this.keep(new PastValues(30));
  readonly #shorter = this.keep(new WindowSum(10));
  readonly #longest = this.keep(new WindowSum(15));
  readonly #signal: WindowSum;

  constructor(signal: number) {
    super(2);
    this.#signal = this.keep(new WindowSum(signal));
  }

  override update(candle: CandleInput): void {
    const { close } = candle;
    const closes = this.#closes;
    const oldest = closes.update(close);
    if (Number.isNaN(oldest)) return;
    let rates = 0;
    for (let weight = 1; weight <= 3; weight++) {
      const past = closes.ago(5 + 5 * weight);
      rates += (weight * (close - past)) / past;
    }
    const shorter = this.#shorter.update(100 * rates) / 10;
    const longest = this.#longest.update(100 * ((close - oldest) / oldest)) / 15;
    if (Number.isNaN(longest)) return;
    const sum = shorter + 4 * longest;
    this.values[0] = sum;
    this.values[1] = this.#signal.update(sum) / this.#signal.period;
  }
}

export function kst(signal: number): IndicatorDefinition {
  const warmup = 30 + 15;
  const rate = (change: number, mean: number): string => `SMA ${mean} of ROC ${change}`;
  return {
    family: 'trend',
    source: 'Suho',
    volume: false,
    columns: [
      {
        name: 'kst',
        definition: `${rate(10, 10)} + 2 · ${rate(15, 10)} + 3 · ${rate(20, 10)} + 4 · ${rate(30, 15)}, of the close in percent`,
        warmup,
        unit: 'percent',
      },
      { name: 'kst_signal', definition: `SMA ${signal} of kst`, warmup: warmup + signal - 1, unit: 'percent' },
    ],
    create: () => new Kst(signal),
  };
}
