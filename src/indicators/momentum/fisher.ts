import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { forgottenAfter } from '../parts/settling.js';
import { WindowRange } from '../parts/window-range.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** How much of the smoothed place is the one before. */
const KEPT = 0.67;
/** A place past the edge counts as just within, for the logarithm's sake. */
const EDGE = 0.99;
const WITHIN = 0.999;

const PLACE = 0;
const FISHER = 1;

class Fisher extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #range: WindowRange;

  constructor(period: number) {
    super(2);
    this.#range = this.keep(new WindowRange(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const median = 0.5 * (candle.high + candle.low);
    this.#range.high = median;
    this.#range.low = median;
    if (!this.#range.advance()) return;
    const { highest, lowest } = this.#range;
    const range = highest - lowest;
    const share = range === 0 ? 0.5 : (median - lowest) / range;
    let place = 0.66 * (share - 0.5) + KEPT * state[PLACE];
    if (place > EDGE) place = WITHIN;
    else if (place < -EDGE) place = -WITHIN;
    state[PLACE] = place;
    this.values[1] = state[FISHER];
    state[FISHER] = 0.5 * Math.log((1 + place) / (1 - place)) + 0.5 * state[FISHER];
    this.values[0] = state[FISHER];
  }
}

export function fisher(period: number): IndicatorDefinition {
  const share = `the share of (high + low)/2 in its range over ${period}, 0.5 where there is none`;
  const place = `x = 0.66 (s − 0.5) + ${KEPT} x before, s = ${share}; |x| above ${EDGE} counts as ${WITHIN}`;
  const settles = period + 2 * forgottenAfter(KEPT);
  return {
    family: 'momentum',
    source: 'Tulip',
    volume: false,
    columns: [
      {
        name: `fisher_${period}`,
        definition: `½ ln((1 + x)/(1 − x)) + ½ fisher_${period} before, ${place}`,
        warmup: period,
        settles,
        unit: 'index',
      },
      {
        name: `fisher_signal_${period}`,
        definition: `fisher_${period} of the candle before, first 0`,
        warmup: period,
        settles: settles + 1,
        unit: 'index',
      },
    ],
    create: () => new Fisher(period),
  };
}
