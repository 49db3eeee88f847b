import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { SwingChain } from '../parts/swing-chain.js';
import { WilderRange } from '../parts/wilder-range.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { wilderSettles } from '../parts/settling.js';
import type { ChartPattern } from './chart-pattern.js';
import { Formation, SPAN_LEAST, SPAN_MOST } from './formation.js';
import { MarkedChart } from './marked-chart.js';

const PERIOD = 14;
/** A swing is the extreme of so many candles on either side, and so many ranges from the swing before. */
const REACH = 5;
const RISE = 1.5;
/** As many swings as the longest formation has. */
const SWINGS = 8;

class ChartPatterns extends StreamingIndicator {
  readonly #swings = this.keep(new SwingChain(REACH, RISE, SWINGS, this.keep(new WilderRange(PERIOD))));
  readonly #chart = new MarkedChart(this.#swings);
  readonly #formations: readonly Formation[];

  constructor(
    readonly patterns: readonly ChartPattern[],
    readonly warmup: number,
  ) {
    super(patterns.length);
    this.#formations = patterns.map(() => this.keep(new Formation(this.#swings)));
  }

  override update(candle: CandleInput): void {
    const { values } = this;
    const swings = this.#swings;
    const formations = this.#formations;
    const change = swings.update(candle);
    if (change !== 'none') this.#seek(change === 'moved');
    const ready = swings.count >= this.warmup;
    for (let place = 0; place < values.length; place++) {
      const value = (formations[place] as Formation).confirm(candle);
      if (ready) values[place] = value;
    }
  }

  #seek(moved: boolean): void {
    this.#chart.look();
    for (let place = 0; place < this.values.length; place++) {
      const formation = this.#formations[place] as Formation;
      if (moved) formation.forgetMoved();
      (this.patterns[place] as ChartPattern).seek(this.#chart, formation);
    }
  }
}

/** What holds for every pattern, and is said with the first. */
const COMMON =
  `swings: highs and lows in turn, the extreme of ±${REACH} candles, ≥ ${RISE} atr from the one before; atr: atr_14 when the newest swing is known; ` +
  `${SPAN_LEAST}-${SPAN_MOST} candles from the first swing to the close; once per formation, none overlapping; else 0`;

export function chartPatterns(patterns: readonly ChartPattern[]): IndicatorDefinition {
  // The first candle that has an atr_14, and as many as a formation may span.
  const warmup = PERIOD + SPAN_MOST;
  const settles = wilderSettles(PERIOD) + 2 * SPAN_MOST;
  return {
    family: 'chart',
    source: 'Suho',
    volume: false,
    columns: patterns.map(({ name, definition }) => ({
      name,
      definition: `${definition} (${name === patterns[0]?.name ? COMMON : `swings, atr, span as for ${patterns[0]?.name}`})`,
      warmup,
      settles,
      unit: 'pattern',
    })),
    create: () => new ChartPatterns(patterns, warmup),
  };
}
