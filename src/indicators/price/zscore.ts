import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowValues } from '../parts/window-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** How many of the last closes in a row equal the newest. */
const EQUAL = 0;
const CLOSE = 1;
/** The mean as last known: what the next window is measured from. */
const CENTRE = 2;

/** After a jump the first pass finds the centre to the jump's last digit, the second to the window's. */
const PASSES = 3;

/**
 * Deviations are taken from the mean of the window before, and what that is off is then corrected for: one pass, and digits that
 * the mean itself, as a price, has no room for. Where a jump came or left it is too far off, and the pass is repeated.
 */
class ZScore extends StreamingIndicator {
  readonly #state = this.keepCells(3);
  readonly #closes: WindowValues;

  constructor(period: number) {
    super(1);
    this.#closes = this.keep(new WindowValues(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { close } = candle;
    this.#closes.update(close);
    state[EQUAL] = close === state[CLOSE] ? state[EQUAL] + 1 : 1;
    state[CLOSE] = close;
    if (!this.#closes.full) state[CENTRE] = close;
    else if (state[EQUAL] >= this.#closes.period) this.values[0] = 0;
    else this.#measure(close);
  }

  #measure(close: number): void {
    const state = this.#state;
    const { cells, start, period } = this.#closes;
    const end = start + period;
    let shift = 0;
    let variance = 0;
    let centre = state[CENTRE];
    for (let pass = 0; pass < PASSES; pass++) {
      centre += shift;
      let sum = 0;
      let squares = 0;
      for (let at = start; at < end; at++) {
        const deviation = (cells[at] as number) - centre;
        sum += deviation;
        squares += deviation * deviation;
      }
      shift = sum / period;
      variance = squares / period - shift * shift;
      if (shift * shift < variance) break;
    }
    state[CENTRE] = centre + shift;
    this.values[0] = (close - centre - shift) / Math.sqrt(variance);
  }
}

export function zscore(period: number): IndicatorDefinition {
  const definition = `(close − mean) / population standard deviation of the last ${period} closes; 0 where all are equal`;
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [{ name: `zscore_${period}`, definition, warmup: period, unit: 'index' }],
    create: () => new ZScore(period),
  };
}
