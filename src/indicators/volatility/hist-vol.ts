import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowMoments } from '../parts/window-moments.js';

const SEEN = 0;
const CLOSE = 1;

class HistoricalVolatility extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #moments: WindowMoments;

  constructor(period: number) {
    super(1);
    this.#moments = this.keep(new WindowMoments(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const before = state[CLOSE];
    state[CLOSE] = candle.close;
    if (state[SEEN] === 0) {
      state[SEEN] = 1;
      return;
    }
    if (this.#moments.update(Math.log(candle.close / before))) this.values[0] = Math.sqrt(this.#moments.variance);
  }
}

export function histVol(period: number): IndicatorDefinition {
  const definition = `population standard deviation of the last ${period} log returns of the close, not annualised`;
  return {
    family: 'volatility',
    source: 'Suho',
    volume: false,
    columns: [{ name: `hist_vol_${period}`, definition, warmup: period + 1, unit: 'share' }],
    create: () => new HistoricalVolatility(period),
  };
}
