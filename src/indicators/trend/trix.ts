import { EmaChain } from '../parts/ema-chain.js';
import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** Whether there is an average before, and which. */
const SEEN = 0;
const BEFORE = 1;

class Trix extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #chain: EmaChain;

  constructor(period: number) {
    super(1);
    this.#chain = this.keep(new EmaChain(period, 3));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const line = this.#chain.update(candle.close);
    if (Number.isNaN(line)) return;
    if (state[SEEN] === 1) this.values[0] = 100 * ((line - state[BEFORE]) / state[BEFORE]);
    state[SEEN] = 1;
    state[BEFORE] = line;
  }
}

export function trix(period: number): IndicatorDefinition {
  return {
    family: 'trend',
    source: 'TA-Lib',
    volume: false,
    columns: [
      {
        name: `trix_${period}`,
        definition: `change in percent, candle to candle, of EMA of EMA of EMA ${period} of the close`,
        warmup: 3 * period - 1,
        settles: 3 * emaSettles(period),
        unit: 'percent',
      },
    ],
    create: () => new Trix(period),
  };
}
