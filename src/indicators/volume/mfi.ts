import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { typicalPrice } from '../parts/typical-price.js';
import { WindowSum } from '../parts/window-sum.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const SEEN = 0;
const TYPICAL = 1;

/** TA-Lib takes flows that do not come to one together, price times volume, as none at all. */
const LEAST_FLOW = 1;

class MoneyFlowIndex extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #up: WindowSum;
  readonly #down: WindowSum;

  constructor(period: number) {
    super(1);
    this.#up = this.keep(new WindowSum(period));
    this.#down = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const typical = typicalPrice(candle);
    const move = typical - state[TYPICAL];
    state[TYPICAL] = typical;
    if (state[SEEN] === 0) {
      state[SEEN] = 1;
      return;
    }
    const flow = typical * candle.volume;
    // Products, not choices: nobody could predict those.
    const up = this.#up.update(flow * Number(move > 0));
    const both = up + this.#down.update(flow * Number(move < 0));
    this.values[0] = both < LEAST_FLOW ? 0 : 100 * (up / both);
  }
}

export function mfi(period: number): IndicatorDefinition {
  const definition =
    `100 · u / (u + d): sums over ${period} candles of typical · volume where typical rose (u) and where it fell (d); ` +
    `0 where u + d < ${LEAST_FLOW}`;
  return {
    family: 'volume',
    source: 'TA-Lib',
    volume: true,
    columns: [{ name: `mfi_${period}`, definition, warmup: period + 1, unit: 'percent' }],
    create: () => new MoneyFlowIndex(period),
  };
}
