import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { trueRange } from '../parts/wilder-range.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

/** Candles seen, at most the warm-up. */
const COUNT = 0;
const CLOSE = 1;
/** Where the present candle's sums go, 0 to 4 · period − 1. */
const PLACE = 2;
/** The last `period` pressures, the last `period` ranges, then the sums over `period` at the last 4 · period candles, of either. */
const SLOTS = 3;

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
    const before = state[CLOSE];
    const { low, close } = candle;
    state[CLOSE] = close;
    const count = state[COUNT];
    if (count <= 4 * this.period) state[COUNT] = count + 1;
    if (count > 0) this.#sum(close - Math.min(low, before), trueRange(candle, before));
  }

  #sum(pressure: number, range: number): void {
    const state = this.#state;
    const { period } = this;
    const place = state[PLACE];
    state[PLACE] = place + 1 === 4 * period ? 0 : place + 1;
    const recent = SLOTS + (place % period);
    state[recent] = pressure;
    state[recent + period] = range;
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
    const first = sums + ((place + 3 * period) % (4 * period));
    const second = sums + ((place + 2 * period) % (4 * period));
    const third = sums + ((place + period) % (4 * period));
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
