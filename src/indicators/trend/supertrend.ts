import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { WilderRange } from '../parts/wilder-range.js';

/** 0 before the first value, then −1 or 1. */
const DIRECTION = 0;
const UPPER = 1;
const LOWER = 2;
const CLOSE = 3;

/**
 * Bands around the candle's middle that only close in while the close before stayed within them; the direction turns when
 * the close leaves the band it leans on, and the line is that band.
 */
class Supertrend extends StreamingIndicator {
  readonly #state = this.keepCells(4);
  readonly #range: WilderRange;

  constructor(
    period: number,
    readonly multiplier: number,
  ) {
    super(2);
    this.#range = this.keep(new WilderRange(period));
  }

  override update(candle: CandleInput): void {
    const range = this.#range.update(candle);
    if (Number.isNaN(range)) return;
    const state = this.#state;
    const { close } = candle;
    const middle = (candle.high + candle.low) / 2;
    const upper = middle + this.multiplier * range;
    const lower = middle - this.multiplier * range;
    if (state[DIRECTION] === 0) {
      state[UPPER] = upper;
      state[LOWER] = lower;
      state[DIRECTION] = close >= middle ? 1 : -1;
    } else {
      if (upper < state[UPPER] || state[CLOSE] > state[UPPER]) state[UPPER] = upper;
      if (lower > state[LOWER] || state[CLOSE] < state[LOWER]) state[LOWER] = lower;
      if (state[DIRECTION] === 1 && close < state[LOWER]) state[DIRECTION] = -1;
      else if (state[DIRECTION] === -1 && close > state[UPPER]) state[DIRECTION] = 1;
    }
    state[CLOSE] = close;
    this.values[0] = state[DIRECTION] === 1 ? state[LOWER] : state[UPPER];
    this.values[1] = state[DIRECTION];
  }
}

export function supertrend(period: number, multiplier: number): IndicatorDefinition {
  const warmup = period + 1;
  const band = `(high + low)/2 ± ${multiplier} · atr_${period}, ratcheted on the close before`;
  return {
    family: 'trend',
    source: 'Suho',
    volume: false,
    columns: [
      { name: 'supertrend', definition: `the band the trend leans on: ${band}`, warmup, settles: 'turn', unit: 'price' },
      {
        name: 'supertrend_dir',
        definition: '1 up, −1 down; first by close against (high + low)/2, then turned by a close past the band',
        warmup,
        settles: 'turn',
        unit: 'sign',
      },
    ],
    create: () => new Supertrend(period, multiplier),
  };
}
