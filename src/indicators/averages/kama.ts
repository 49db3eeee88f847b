import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { forgottenAfter } from '../parts/settling.js';
import { isTaZero } from '../ta-zero.js';
import { PastValues } from '../parts/past-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WindowSum } from '../parts/window-sum.js';

const FASTEST = 2 / 3;
const SLOWEST = 2 / 31;

const AVERAGE = 0;

/** Kaufman's average: the straighter the way of the last closes, the faster it follows. It starts from the close before its first. */
class Kama extends StreamingIndicator {
  readonly #state = this.keepCells(1);
  readonly #closes: PastValues;
  readonly #way: WindowSum;

  constructor(period: number) {
    super(1);
    this.#closes = this.keep(new PastValues(period));
    this.#way = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { close } = candle;
    const past = this.#closes.update(close);
    const before = this.#closes.ago(1);
    if (Number.isNaN(before)) return;
    const way = this.#way.update(Math.abs(close - before));
    if (Number.isNaN(way)) {
      state[AVERAGE] = close;
      return;
    }
    const straight = isTaZero(way) ? 1 : Math.abs(close - past) / way;
    const root = straight * (FASTEST - SLOWEST) + SLOWEST;
    state[AVERAGE] += (close - state[AVERAGE]) * (root * root);
    this.values[0] = state[AVERAGE];
  }
}

export function kama(period: number): IndicatorDefinition {
  const weight = '(2/31 + (2/3 − 2/31) · |change| / sum of |changes|)²';
  return {
    family: 'averages',
    source: 'TA-Lib',
    volume: false,
    columns: [
      {
        name: `kama_${period}`,
        definition: `Kaufman's average of the close, weight ${weight} over ${period} changes, (2/3)² where none moved; seeded with the close before`,
        warmup: period + 1,
        settles: period + 1 + forgottenAfter(1 - SLOWEST * SLOWEST),
        unit: 'price',
      },
    ],
    create: () => new Kama(period),
  };
}
