import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowRange } from '../parts/window-range.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** How many values each of the two smoothings takes the mean of. */
export const SMOOTHING = 3;

/** How many prices until both lines have a value; as in TA-Lib, neither shows one before. */
export function stochasticWarmup(period: number): number {
  return period + 2 * (SMOOTHING - 1);
}

/** Places in the range, and then values of %K, so far: at most as many as the two smoothings wait for. */
const COUNT = 0;
const CLOSE = 1;
const PLACE = 2;
const PLACE_1 = 3;
const PLACE_2 = 4;
const K_1 = 5;
const K_2 = 6;

/** Where a price stands between the lowest and the highest of late, in percent, smoothed once for %K and again for %D. */
export abstract class Stochastic extends StreamingIndicator {
  readonly #state = this.keepCells(7);
  protected readonly range: WindowRange;

  constructor(period: number) {
    super(2);
    this.range = this.keep(new WindowRange(period));
  }

  protected set close(price: number) {
    this.#state[CLOSE] = price;
  }

  /** Takes in what `range` and `close` were given. In no range at all the place counts as 0, TA-Lib's answer. */
  protected advance(): void {
    if (!this.range.advance()) return;
    const state = this.#state;
    const { highest, lowest } = this.range;
    const range = highest - lowest;
    state[PLACE] = range === 0 ? 0 : 100 * ((state[CLOSE] - lowest) / range);
    this.#smooth();
  }

  #smooth(): void {
    const state = this.#state;
    const place = state[PLACE];
    const k = (state[PLACE_2] + state[PLACE_1] + place) / SMOOTHING;
    const d = (state[K_2] + state[K_1] + k) / SMOOTHING;
    state[PLACE_2] = state[PLACE_1];
    state[PLACE_1] = place;
    state[K_2] = state[K_1];
    state[K_1] = k;
    if (state[COUNT] < 2 * (SMOOTHING - 1)) {
      state[COUNT] += 1;
      return;
    }
    this.values[0] = k;
    this.values[1] = d;
  }
}

class StochasticOfCandles extends Stochastic {
  override update(candle: CandleInput): void {
    this.range.high = candle.high;
    this.range.low = candle.low;
    this.close = candle.close;
    this.advance();
  }
}

export function stoch(period: number): IndicatorDefinition {
  const warmup = stochasticWarmup(period);
  const place = `100 · (close − lowest low) / (highest high − lowest low) of ${period} candles, 0 where these are equal`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [
      { name: 'stoch_k', definition: `mean over ${SMOOTHING} of ${place}`, warmup, unit: 'percent' },
      { name: 'stoch_d', definition: `mean of stoch_k over ${SMOOTHING}`, warmup, unit: 'percent' },
    ],
    create: () => new StochasticOfCandles(period),
  };
}
