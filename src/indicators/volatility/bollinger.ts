import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowMoments } from '../parts/window-moments.js';

class Bollinger extends StreamingIndicator {
  readonly #moments: WindowMoments;

  constructor(
    period: number,
    readonly deviations: number,
  ) {
    super(5);
    this.#moments = this.keep(new WindowMoments(period));
  }

  override update(candle: CandleInput): void {
    if (!this.#moments.update(candle.close)) return;
    const middle = this.#moments.mean;
    const half = this.deviations * Math.sqrt(this.#moments.variance);
    const upper = middle + half;
    const lower = middle - half;
    const { values } = this;
    values[0] = upper;
    values[1] = middle;
    values[2] = lower;
    values[3] = (2 * half) / middle;
    values[4] = half === 0 ? 0.5 : 0.5 + this.#moments.deviation / (2 * half);
  }
}

export function bollinger(period: number, deviations: number): IndicatorDefinition {
  const column = (name: string, definition: string, unit: 'price' | 'share') => ({ name, definition, warmup: period, unit });
  return {
    family: 'volatility',
    source: 'TA-Lib',
    volume: false,
    columns: [
      column('bb_upper', `bb_middle + ${deviations} · population standard deviation of the last ${period} closes`, 'price'),
      column('bb_middle', `mean of the last ${period} closes`, 'price'),
      column('bb_lower', `bb_middle − ${deviations} · population standard deviation of the last ${period} closes`, 'price'),
      column('bb_width', '(bb_upper − bb_lower) / bb_middle', 'share'),
      column('bb_percent', '(close − bb_lower) / (bb_upper − bb_lower); 0.5 where the bands meet', 'share'),
    ],
    create: () => new Bollinger(period, deviations),
  };
}
