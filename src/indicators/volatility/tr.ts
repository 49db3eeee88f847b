import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { trueRange } from '../parts/wilder-range.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const SEEN = 0;
const CLOSE = 1;

class TrueRange extends StreamingIndicator {
  readonly #state = this.keepCells(2);

  constructor() {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    if (state[SEEN] === 1) this.values[0] = trueRange(candle, state[CLOSE]);
    state[SEEN] = 1;
    state[CLOSE] = candle.close;
  }
}

export function tr(): IndicatorDefinition {
  const definition = 'largest of high − low, |high − close before|, |low − close before|';
  return {
    family: 'volatility',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: 'tr', definition, warmup: 2, unit: 'price' }],
    create: () => new TrueRange(),
  };
}
