import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

/** Candles seen, at most the warm-up. */
const COUNT = 0;
const CLOSE = 1;
const CHANGE = 2;
const CHANGE_TWICE = 3;
const SIZE = 4;
const SIZE_TWICE = 5;

/** Averages of averages of the changes, and of their sizes; all four start as the first change, and none waits for another. */
class TrueStrength extends StreamingIndicator {
  readonly #state = this.keepCells(6);
  readonly #first: number;
  readonly #second: number;

  constructor(
    first: number,
    second: number,
    readonly warmup: number,
  ) {
    super(1);
    this.#first = 2 / (first + 1);
    this.#second = 2 / (second + 1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const change = candle.close - state[CLOSE];
    state[CLOSE] = candle.close;
    const count = state[COUNT];
    if (count < this.warmup) state[COUNT] = count + 1;
    if (count === 0) return;
    if (count === 1) {
      state[CHANGE] = state[CHANGE_TWICE] = change;
      state[SIZE] = state[SIZE_TWICE] = Math.abs(change);
      return;
    }
    const first = this.#first;
    const second = this.#second;
    state[CHANGE] += first * (change - state[CHANGE]);
    state[SIZE] += first * (Math.abs(change) - state[SIZE]);
    state[CHANGE_TWICE] += second * (state[CHANGE] - state[CHANGE_TWICE]);
    state[SIZE_TWICE] += second * (state[SIZE] - state[SIZE_TWICE]);
    if (count + 1 < this.warmup) return;
    const size = state[SIZE_TWICE];
    this.values[0] = isTaZero(size) ? 0 : 100 * (state[CHANGE_TWICE] / size);
  }
}

export function tsi(first: number, second: number): IndicatorDefinition {
  // A change, as many of them as the first average is long, and as many of its values as the second is.
  const warmup = first + second;
  const settles = emaSettles(first) + emaSettles(second);
  const twice = `EMA ${second} of EMA ${first}, each seeded with its first value,`;
  return {
    family: 'momentum',
    source: 'Suho',
    volume: false,
    columns: [
      {
        name: 'tsi',
        definition: `100 · ${twice} of the change of the close / the same of its size; 0 where that is below 1e-14`,
        warmup,
        settles,
        unit: 'percent',
      },
    ],
    create: () => new TrueStrength(first, second, warmup),
  };
}
