/**
 * Wilder's directional movement, as TA-Lib computes it: sums over the first period − 1 candles, then Wilder's smoothing;
 * adx starts as the mean of the first `period` dx. Where nothing moved, TA-Lib's dx keeps its last value, and such a candle
 * adds nothing to adx: not even a zero to its seed.
 */
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';
import { trueRange } from '../parts/wilder-range.js';

/** Candles seen, at most the warm-up of adxr. */
const COUNT = 0;
const HIGH = 1;
const LOW = 2;
const CLOSE = 3;
const PLUS = 4;
const MINUS = 5;
const RANGE = 6;
const DX = 7;
/** The sum of the seed's dx until there are enough, then the average. */
const ADX = 8;
/** Place of the oldest of the adx values kept for adxr. */
const OLDEST = 9;
const KEPT = 10;

class Adx extends StreamingIndicator {
  readonly #state;

  constructor(readonly period: number) {
    super(5);
    this.#state = this.keepCells(Math.max(16, KEPT + period - 1));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { period } = this;
    const last = 3 * period - 1;
    if (state[COUNT] < last) state[COUNT] += 1;
    if (state[COUNT] > 1) this.#move(candle);
    state[HIGH] = candle.high;
    state[LOW] = candle.low;
    state[CLOSE] = candle.close;
    if (state[COUNT] > period) this.#index();
  }

  #move(candle: CandleInput): void {
    const state = this.#state;
    const { period } = this;
    const up = candle.high - state[HIGH];
    const down = state[LOW] - candle.low;
    let plus = state[PLUS];
    let minus = state[MINUS];
    let range = state[RANGE];
    if (state[COUNT] > period) {
      plus -= plus / period;
      minus -= minus / period;
      range -= range / period;
    }
    if (down > 0 && down > up) minus += down;
    else if (up > 0 && up > down) plus += up;
    state[PLUS] = plus;
    state[MINUS] = minus;
    state[RANGE] = range + trueRange(candle, state[CLOSE]);
  }

  #index(): void {
    const state = this.#state;
    const { values } = this;
    const range = state[RANGE];
    const still = isTaZero(range);
    const plus = still ? 0 : 100 * (state[PLUS] / range);
    const minus = still ? 0 : 100 * (state[MINUS] / range);
    const both = plus + minus;
    const moved = !isTaZero(both);
    if (moved) state[DX] = 100 * (Math.abs(minus - plus) / both);
    values[2] = state[DX];
    values[3] = plus;
    values[4] = minus;
    this.#average(moved);
  }

  #average(moved: boolean): void {
    const state = this.#state;
    const { period, values } = this;
    const count = state[COUNT];
    let average = state[ADX];
    if (count <= 2 * period) {
      if (moved) average += state[DX];
      if (count === 2 * period) average /= period;
    } else if (moved) average = (average * (period - 1) + state[DX]) / period;
    state[ADX] = average;
    if (count < 2 * period) return;
    values[0] = average;
    // An integer to the engine too, which else would work out places as doubles.
    const oldest = state[OLDEST] | 0;
    if (count === 3 * period - 1) values[1] = (average + (state[KEPT + oldest] as number)) / 2;
    state[KEPT + oldest] = average;
    state[OLDEST] = oldest + 2 === period ? 0 : oldest + 1;
  }
}

export function adx(period: number): IndicatorDefinition {
  const settles = 3 * wilderSettles(period);
  return {
    family: 'trend',
    source: 'TA-Lib',
    volume: false,
    columns: [
      { name: 'adx', definition: `Wilder average of dx over ${period}`, warmup: 2 * period, settles, unit: 'percent' },
      {
        name: 'adxr',
        definition: `mean of adx and the adx ${period - 1} candles before`,
        warmup: 3 * period - 1,
        settles,
        unit: 'percent',
      },
      {
        name: 'dx',
        definition: '100 · |plus_di − minus_di| / (plus_di + minus_di)',
        warmup: period + 1,
        settles,
        unit: 'percent',
      },
      {
        name: 'plus_di',
        definition: '100 · smoothed upward movement / smoothed tr',
        warmup: period + 1,
        settles,
        unit: 'percent',
      },
      {
        name: 'minus_di',
        definition: '100 · smoothed downward movement / smoothed tr',
        warmup: period + 1,
        settles,
        unit: 'percent',
      },
    ],
    create: () => new Adx(period),
  };
}
