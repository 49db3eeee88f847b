import { EmaLine } from '../parts/ema-line.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles, wilderSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WilderRange } from '../parts/wilder-range.js';

class Keltner extends StreamingIndicator {
  readonly #line: EmaLine;
  readonly #range: WilderRange;

  constructor(
    period: number,
    readonly ranges: number,
  ) {
    super(3);
    this.#line = this.keep(new EmaLine(period));
    this.#range = this.keep(new WilderRange(period));
  }

  override update(candle: CandleInput): void {
    const middle = this.#line.update(candle.close);
    const half = this.ranges * this.#range.update(candle);
    const { values } = this;
    values[0] = middle + half;
    values[1] = middle;
    values[2] = middle - half;
  }
}

export function keltner(period: number, ranges: number): IndicatorDefinition {
  const band = { warmup: period + 1, settles: Math.max(emaSettles(period), wilderSettles(period)), unit: 'price' } as const;
  return {
    family: 'volatility',
    source: 'Suho',
    volume: false,
    columns: [
      { name: 'kc_upper', definition: `kc_middle + ${ranges} · Wilder average of tr over ${period}`, ...band },
      {
        name: 'kc_middle',
        definition: `EMA ${period} of the close`,
        warmup: period,
        settles: emaSettles(period),
        unit: 'price',
      },
      { name: 'kc_lower', definition: `kc_middle − ${ranges} · Wilder average of tr over ${period}`, ...band },
    ],
    create: () => new Keltner(period, ranges),
  };
}
