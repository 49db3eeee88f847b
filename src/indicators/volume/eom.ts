import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { WindowSum } from '../parts/window-sum.js';
import { StreamingIndicator } from '../streaming-indicator.js';

const SEEN = 0;
const MIDDLE = 1;

/** Tulip counts volume in tens of thousands. */
const VOLUME_UNIT = 10_000;

class EaseOfMovement extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #sum: WindowSum;

  constructor(period: number) {
    super(1);
    this.#sum = this.keep(new WindowSum(period));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { high, low, volume } = candle;
    const middle = (high + low) / 2;
    const move = middle - state[MIDDLE];
    state[MIDDLE] = middle;
    if (state[SEEN] === 0) {
      state[SEEN] = 1;
      return;
    }
    const ease = volume === 0 ? 0 : move * (high - low) * (VOLUME_UNIT / volume);
    this.values[0] = this.#sum.update(ease) / this.#sum.period;
  }
}

export function eom(period: number): IndicatorDefinition {
  const definition =
    `mean over ${period} candles of (change of (high + low) / 2) · (high − low) · ${VOLUME_UNIT} / volume, ` +
    '0 for a candle without volume';
  return {
    family: 'volume',
    source: 'Tulip',
    volume: true,
    columns: [{ name: `eom_${period}`, definition, warmup: period + 1, unit: 'price²/volume' }],
    create: () => new EaseOfMovement(period),
  };
}
