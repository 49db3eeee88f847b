import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { WilderChanges } from '../parts/wilder-changes.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

class ChandeMomentum extends StreamingIndicator {
  readonly #changes: WilderChanges;

  constructor(period: number) {
    super(1);
    this.#changes = this.keep(new WilderChanges(period));
  }

  override update(candle: CandleInput): void {
    if (!this.#changes.update(candle)) return;
    const { gain, loss } = this.#changes;
    const total = gain + loss;
    this.values[0] = isTaZero(total) ? 0 : 100 * ((gain - loss) / total);
  }
}

export function cmo(period: number): IndicatorDefinition {
  const definition = `100 · (gains − losses) / (gains + losses), Wilder averages over ${period} changes of the close; 0 where both are 0`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: [{ name: `cmo_${period}`, definition, warmup: period + 1, settles: wilderSettles(period), unit: 'percent' }],
    create: () => new ChandeMomentum(period),
  };
}
