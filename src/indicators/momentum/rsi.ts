import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { wilderSettles } from '../parts/settling.js';
import { WilderChanges } from '../parts/wilder-changes.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import { isTaZero } from '../ta-zero.js';

/** One pair of averages per period. */
class Rsi extends StreamingIndicator {
  readonly #changes: readonly WilderChanges[];

  constructor(periods: readonly number[]) {
    super(periods.length);
    this.#changes = periods.map((period) => this.keep(new WilderChanges(period)));
  }

  override update(candle: CandleInput): void {
    const { values } = this;
    const each = this.#changes;
    for (let at = 0; at < each.length; at++) {
      const changes = each[at] as WilderChanges;
      if (changes.update(candle)) values[at] = relativeStrength(changes);
    }
  }
}

/** The share of gains in all change, in percent; 0 where nothing changed, as in TA-Lib. */
export function relativeStrength({ gain, loss }: WilderChanges): number {
  const total = gain + loss;
  return isTaZero(total) ? 0 : 100 * (gain / total);
}

export function rsi(...periods: readonly number[]): IndicatorDefinition {
  const definition = (period: number): string =>
    `100 · Wilder average of gains / (gains + losses) over ${period} changes of the close; 0 where both are 0`;
  return {
    family: 'momentum',
    source: 'TA-Lib',
    volume: false,
    columns: periods.map((period) => ({
      name: `rsi_${period}`,
      definition: definition(period),
      warmup: period + 1,
      settles: wilderSettles(period),
      unit: 'percent',
    })),
    create: () => new Rsi(periods),
  };
}
