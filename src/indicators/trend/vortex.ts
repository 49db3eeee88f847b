import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { trueRange } from '../parts/wilder-range.js';
import { WindowSum } from '../parts/window-sum.js';

/** Whether there is a candle before. */
const SEEN = 0;
const HIGH = 1;
const LOW = 2;
const CLOSE = 3;

class Vortex extends StreamingIndicator {
  readonly #state = this.keepCells(4);
  readonly #up: WindowSum;
  readonly #down: WindowSum;
  readonly #range: WindowSum;

  constructor(period: number) {
    super(2);
    this.#up = this.keep(new WindowSum(period));
    this.#down = this.keep(new WindowSum(period));
    this.#range = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { high, low } = candle;
    if (state[SEEN] === 1) {
      const up = this.#up.update(Math.abs(high - state[LOW]));
      const down = this.#down.update(Math.abs(low - state[HIGH]));
      const range = this.#range.update(trueRange(candle, state[CLOSE]));
      if (!Number.isNaN(range)) {
        this.values[0] = range === 0 ? 1 : up / range;
        this.values[1] = range === 0 ? 1 : down / range;
      }
    }
    state[SEEN] = 1;
    state[HIGH] = high;
    state[LOW] = low;
    state[CLOSE] = candle.close;
  }
}

export function vortex(period: number): IndicatorDefinition {
  const column = (name: string, way: string) => ({
    name,
    definition: `sum of |${way} before| over sum of tr, of the last ${period} candles; 1 where there was no range`,
    warmup: period + 1,
    unit: 'share' as const,
  });
  return {
    family: 'trend',
    source: 'Suho',
    volume: false,
    columns: [column('vortex_plus', 'high − low'), column('vortex_minus', 'low − high')],
    create: () => new Vortex(period),
  };
}
