import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowRank } from '../parts/window-rank.js';
import { StreamingIndicator } from '../streaming-indicator.js';

class PercentRank extends StreamingIndicator {
  readonly #closes: WindowRank;

  constructor(period: number) {
    super(1);
    this.#closes = this.keep(new WindowRank(period));
  }

  override update(candle: CandleInput): void {
    this.#closes.value = candle.close;
    this.#closes.advance();
    this.values[0] = this.#closes.rank;
  }
}

export function percentRank(period: number): IndicatorDefinition {
  const definition = `share of the ${period} closes before that are below the close, plus half the share of those equal to it`;
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [{ name: `percent_rank_${period}`, definition, warmup: period + 1, unit: 'share' }],
    create: () => new PercentRank(period),
  };
}
