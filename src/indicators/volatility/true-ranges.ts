import type { CandleInput, Column, IndicatorDefinition } from '../indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { trueRange, WilderRange } from '../parts/wilder-range.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

const SEEN = 0;
const CLOSE = 1;

/** The range itself, its averages, and the last of these in percent of the close. */
class TrueRanges extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #averages: readonly WilderRange[];

  constructor(periods: readonly number[]) {
    super(periods.length + 2);
    this.#averages = periods.map((period) => this.keep(new WilderRange(period)));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { values } = this;
    const averages = this.#averages;
    const { close } = candle;
    if (state[SEEN] === 1) values[0] = trueRange(candle, state[CLOSE]);
    state[SEEN] = 1;
    state[CLOSE] = close;
    let average = Number.NaN;
    for (let at = 0; at < averages.length; at++) {
      average = (averages[at] as WilderRange).update(candle);
      values[1 + at] = average;
    }
    values[1 + averages.length] = isTaZero(close) && !Number.isNaN(average) ? 0 : 100 * (average / close);
  }
}

/** `tr`, `atr` over each of the periods, and `natr` over the last of them. */
export function trueRanges(...periods: readonly number[]): IndicatorDefinition {
  const last = periods[periods.length - 1] as number;
  const ranges = periods.map(
    (period): Column => ({
      name: `atr_${period}`,
      definition: `Wilder average of tr over ${period}, seeded with the mean of the first ${period}`,
      warmup: period + 1,
      settles: wilderSettles(period),
      unit: 'price',
    }),
  );
  const plain = 'largest of high − low, |high − close before|, |low − close before|';
  return {
    family: 'volatility',
    source: 'TA-Lib',
    volume: false,
    columns: [
      { name: 'tr', definition: plain, warmup: 2, unit: 'price' },
      ...ranges,
      {
        name: `natr_${last}`,
        definition: `100 · atr_${last} / close`,
        warmup: last + 1,
        settles: wilderSettles(last),
        unit: 'percent',
      },
    ],
    create: () => new TrueRanges(periods),
  };
}
