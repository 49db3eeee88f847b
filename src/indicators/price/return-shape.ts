/**
 * How the last returns are distributed: worked out anew over so short a window at each candle, because merging the fourth moments
 * of parts would cost as much and be less exact.
 *
 * Deviations are taken from the mean of the window before, and what that is off is then corrected for, which keeps all digits
 * while it is off by less than the returns spread. Where a jump came or left it is further off, and the pass is repeated.
 */
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { logReturn } from '../parts/log-return.js';
import { WindowValues } from '../parts/window-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const SEEN = 0;
const CLOSE = 1;
/** How many of the last returns in a row equal the newest. */
const EQUAL = 2;
const RETURN = 3;
/** The mean as last known: what the next window is measured from. */
const CENTRE = 4;

/** After a jump the first pass finds the centre to the jump's last digit, the second to the window's. */
const PASSES = 3;

class ReturnShape extends StreamingIndicator {
  readonly #state = this.keepCells(5);
  readonly #returns: WindowValues;

  constructor(period: number) {
    super(3);
    this.#returns = this.keep(new WindowValues(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { close } = candle;
    const before = state[CLOSE];
    state[CLOSE] = close;
    if (state[SEEN] === 0) {
      state[SEEN] = 1;
      return;
    }
    const newest = logReturn(close, before);
    this.#returns.update(newest);
    state[EQUAL] = newest === state[RETURN] ? state[EQUAL] + 1 : 1;
    state[RETURN] = newest;
    if (!this.#returns.full) state[CENTRE] = newest;
    else if (state[EQUAL] >= this.#returns.period) this.values.fill(0);
    else this.#measure();
  }

  #measure(): void {
    const state = this.#state;
    const { cells, start, period } = this.#returns;
    const end = start + period;
    for (let pass = 0; pass < PASSES; pass++) {
      const centre = state[CENTRE];
      let first = 0;
      let second = 0;
      let third = 0;
      let fourth = 0;
      let lagged = 0;
      let last = 0;
      for (let at = start; at < end; at++) {
        const deviation = (cells[at] as number) - centre;
        const square = deviation * deviation;
        first += deviation;
        second += square;
        third += square * deviation;
        fourth += square * square;
        lagged += last * deviation;
        last = deviation;
      }
      const shift = first / period;
      const squared = shift * shift;
      const variance = second / period - squared;
      state[CENTRE] = centre + shift;
      if (squared >= variance && pass + 1 < PASSES) continue;
      const skewed = third / period - shift * ((3 * second) / period - 2 * squared);
      const tailed = fourth / period - shift * ((4 * third) / period - shift * ((6 * second) / period - 3 * squared));
      const inner = 2 * first - ((cells[start] as number) - centre) - last;
      const { values } = this;
      values[0] = skewed / (variance * Math.sqrt(variance));
      values[1] = tailed / (variance * variance) - 3;
      values[2] = (lagged - shift * (inner - (period - 1) * shift)) / (period * variance);
      return;
    }
  }
}

export function returnShape(period: number): IndicatorDefinition {
  const of = `of the last ${period} log returns, population; 0 where all are equal`;
  const warmup = period + 1;
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [
      { name: `skew_${period}`, definition: `third central moment / variance^1.5 ${of}`, warmup, unit: 'index' },
      { name: `kurtosis_${period}`, definition: `fourth central moment / variance² − 3 ${of}`, warmup, unit: 'index' },
      {
        name: `autocorr_${period}`,
        definition: `sum of products of neighbours’ deviations from the mean / sum of squares of all ${of}`,
        warmup,
        unit: 'share',
      },
    ],
    create: () => new ReturnShape(period),
  };
}
