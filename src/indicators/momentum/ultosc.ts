import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { trueRange } from '../parts/wilder-range.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

/** Candles seen, at most the warm-up. */
const COUNT = 0;
const CLOSE = 1;
/** Where the present candle's sums go, 0 to 4 · period − 1. */
const PLACE = 2;
/** Where its pressure and range go, 0 to period − 1. */
const RECENT = 3;
/** The last `period` pressures, the last `period` ranges, then the sums over `period` at the last 4 · period candles, of either. */
const SLOTS = 4;

/**
 * Each window is twice the one before, so the longer sums are made of the short window's at the candles where it ended: two
 * of them, and four. Only the short window is gone through.
 */
class UltimateOscillator extends StreamingIndicator {
  readonly #state;

  constructor(readonly period: number) {
    super(1);
    this.#state = this.keepCells(Math.max(16, SLOTS + 10 * period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { period } = this;
    const before = state[CLOSE];
    const count = state[COUNT];
    state[CLOSE] = candle.close;
    if (count <= 4 * period) state[COUNT] = count + 1;
    if (count === 0) return;
    const recent = state[RECENT];
    state[RECENT] = recent + 1 === period ? 0 : recent + 1;
    state[SLOTS + recent] = candle.close - Math.min(candle.low, before);
    state[SLOTS + period + recent] = trueRange(candle, before);
    this.#sum();
  }

  #sum(): void {
    const state = this.#state;
    const { period } = this;
    const place = state[PLACE];
    state[PLACE] = place + 1 === 4 * period ? 0 : place + 1;
    let pressures = 0;
    let ranges = 0;
    for (let at = SLOTS; at < SLOTS + period; at++) {
      pressures += state[at] as number;
      ranges += state[at + period] as number;
    }
    const sums = SLOTS + 2 * period;
    state[sums + place] = pressures;
    state[sums + 4 * period + place] = ranges;
    if (state[COUNT] <= 4 * period) return;
    let value = 4 * share(pressures, ranges);
    // The short window's sums `period`, 2 · period and 3 · period candles ago.
    const first = sums + (place < period ? place + 3 * period : place - period);
    const second = sums + (place < 2 * period ? place + 2 * period : place - 2 * period);
    const third = sums + (place < 3 * period ? place + period : place - 3 * period);
    pressures += state[first] as number;
    ranges += state[first + 4 * period] as number;
    value += 2 * share(pressures, ranges);
    pressures += (state[second] as number) + (state[third] as number);
    ranges += (state[second + 4 * period] as number) + (state[third + 4 * period] as number);
    this.values[0] = (100 * (value + share(pressures, ranges))) / 7;
  }
}

function share(pressure: number, range: number): number {
  return isTaZero(range) ? 0 : pressure / range;
}

/** Over `period`, twice and four times as many candles. */
export function ultosc(period: number): IndicatorDefinition {
  const sum = `4 A(${period}) + 2 A(${2 * period}) + A(${4 * period})`;
  const definition = `100/7 · (${sum}), A = Σ(close − lower of low and close before) / Σ tr, 0 where Σ tr is 0`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: 'ultosc', definition, warmup: 4 * period + 1, unit: 'percent' }],
    create: () => new UltimateOscillator(period),
  };
}
