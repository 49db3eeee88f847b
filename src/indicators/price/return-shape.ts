import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { logReturn } from '../parts/log-return.js';
import { WindowValues } from '../parts/window-values.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const SEEN = 0;
const CLOSE = 1;

/**
 * How the last returns are distributed, by two passes over so short a window: as exact as can be, and no slower than merging
 * fourth moments. Measured from the newest return, so that equal returns differ by exactly nothing.
 */
class ReturnShape extends StreamingIndicator {
  readonly #state = this.keepCells(2);
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
    if (this.#returns.full) this.#measure(newest);
  }

  #measure(newest: number): void {
    const { values } = this;
    const { cells, start, period } = this.#returns;
    const end = start + period;
    let sum = 0;
    for (let at = start; at < end; at++) sum += (cells[at] as number) - newest;
    const mean = sum / period;
    let second = 0;
    let third = 0;
    let fourth = 0;
    let lagged = 0;
    let last = 0;
    for (let at = start; at < end; at++) {
      const deviation = (cells[at] as number) - newest - mean;
      const square = deviation * deviation;
      second += square;
      third += square * deviation;
      fourth += square * square;
      lagged += last * deviation;
      last = deviation;
    }
    const variance = second / period;
    const flat = second === 0;
    values[0] = flat ? 0 : third / period / (variance * Math.sqrt(variance));
    values[1] = flat ? 0 : fourth / period / (variance * variance) - 3;
    values[2] = flat ? 0 : lagged / second;
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
