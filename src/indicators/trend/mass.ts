import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

/** Candles seen, at most the first with a ratio. */
const COUNT = 0;
const ONCE = 1;
const TWICE = 2;

/**
 * Dorsey's mass index with Tulip's seeds: the average of the ranges starts from the first range, the average of that one from
 * its value at candle `smoothing`, and the ratio of the two counts from candle 2 · smoothing − 1 on.
 */
class Mass extends StreamingIndicator {
  readonly #state = this.keepCells(3);
  readonly #ratios: WindowSum;
  readonly #weight: number;

  constructor(
    period: number,
    readonly smoothing: number,
  ) {
    super(1);
    this.#ratios = this.keep(new WindowSum(period));
    this.#weight = 2 / (smoothing + 1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { smoothing } = this;
    const range = candle.high - candle.low;
    const first = 2 * smoothing - 1;
    if (state[COUNT] < first) state[COUNT] += 1;
    const count = state[COUNT];
    const once = count === 1 ? range : state[ONCE] + (range - state[ONCE]) * this.#weight;
    const twice = count <= smoothing ? once : state[TWICE] + (once - state[TWICE]) * this.#weight;
    state[ONCE] = once;
    state[TWICE] = twice;
    // Where nothing has had a range, the average is as large as its own average.
    if (count === first) this.values[0] = this.#ratios.update(twice === 0 ? 1 : once / twice);
  }
}

export function mass(period: number): IndicatorDefinition {
  const smoothing = 9;
  return {
    family: 'trend',
    source: 'Tulip',
    volume: false,
    columns: [
      {
        name: `mass_${period}`,
        definition: `sum over ${period} candles of EMA / EMA of EMA of high − low, over ${smoothing}, each seeded with its first value; 1 each where both are 0`,
        warmup: 2 * smoothing - 2 + period,
        settles: 2 * emaSettles(smoothing) + period,
        unit: 'index',
      },
    ],
    create: () => new Mass(period, smoothing),
  };
}
