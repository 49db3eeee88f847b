import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { EmaLine } from '../parts/ema-line.js';
import { emaSettles } from '../parts/settling.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const SEEN = 0;
const CLOSE = 1;

class ForceIndex extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #line: EmaLine;

  constructor(period: number) {
    super(1);
    this.#line = this.keep(new EmaLine(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { close } = candle;
    if (state[SEEN] === 1) this.values[0] = this.#line.update((close - state[CLOSE]) * candle.volume);
    state[SEEN] = 1;
    state[CLOSE] = close;
  }
}

export function force(period: number): IndicatorDefinition {
  const definition = `EMA ${period} of (close − close before) · volume`;
  return {
    family: 'volume',
    source: 'Suho',
    volume: true,
    columns: [
      {
        name: `force_${period}`,
        definition,
        warmup: period + 1,
        settles: emaSettles(period) + 1,
        unit: 'price·volume',
      },
    ],
    create: () => new ForceIndex(period),
  };
}
