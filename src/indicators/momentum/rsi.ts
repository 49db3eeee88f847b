import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { WilderChanges } from '../parts/wilder-changes.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

class Rsi extends StreamingIndicator {
  readonly #changes: WilderChanges;

  constructor(period: number) {
    super(1);
    this.#changes = this.keep(new WilderChanges(period));
  }

  override update(candle: CandleInput): void {
    if (this.#changes.update(candle)) this.values[0] = relativeStrength(this.#changes);
  }
}

/** The share of gains in all change, in percent; 0 where nothing changed, as in TA-Lib. */
export function relativeStrength({ gain, loss }: WilderChanges): number {
  const total = gain + loss;
  return isTaZero(total) ? 0 : 100 * (gain / total);
}

export function rsi(period: number): IndicatorDefinition {
  const definition = `100 · Wilder average of gains / (gains + losses) over ${period} changes of the close; 0 where both are 0`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `rsi_${period}`, definition, warmup: period + 1, settles: wilderSettles(period), unit: 'percent' }],
    create: () => new Rsi(period),
  };
}
