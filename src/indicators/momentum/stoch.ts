import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowHighest, WindowLowest } from '../parts/window-extreme.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** How many values each of the two smoothings takes the mean of. */
export const SMOOTHING = 3;

/** How many prices until both lines have a value; as in TA-Lib, neither shows one before. */
export function stochasticWarmup(period: number): number {
  return period + 2 * (SMOOTHING - 1);
}

/** Places in the range, and then values of %K, so far: at most as many as the two smoothings wait for. */
const COUNT = 0;
const PLACE_1 = 1;
const PLACE_2 = 2;
const K_1 = 3;
const K_2 = 4;

/** Where a price stands between the lowest and the highest of late, in percent, smoothed once for %K and again for %D. */
export abstract class Stochastic extends StreamingIndicator {
  readonly #state = this.keepCells(5);
  readonly #highest: WindowHighest;
  readonly #lowest: WindowLowest;

  /** A range no wider than `flat` is none: the place in it counts as 0, TA-Lib's answer. */
  constructor(
    period: number,
    readonly flat: number,
  ) {
    super(2);
    this.#highest = this.keep(new WindowHighest(period));
    this.#lowest = this.keep(new WindowLowest(period));
  }

  protected stand(high: number, low: number, close: number): void {
    const lowest = this.#lowest.update(low);
    const range = this.#highest.update(high) - lowest;
    if (Number.isNaN(range)) return;
    const state = this.#state;
    const place = range > this.flat ? 100 * ((close - lowest) / range) : 0;
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
    this.stand(candle.high, candle.low, candle.close);
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
    create: () => new StochasticOfCandles(period, 0),
  };
}
