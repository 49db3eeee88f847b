import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { CandleWindow } from '../parts/candle-window.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import type { CandlePattern } from './candle-pattern.js';

/** Many patterns over one window of candles, a column each. */
class CandlePatterns extends StreamingIndicator {
  readonly #window = this.keep(new CandleWindow());
  readonly #ready: number;

  constructor(readonly patterns: readonly CandlePattern[]) {
    super(patterns.length);
    this.#ready = Math.max(...patterns.map(({ warmup }) => warmup));
  }

  override update(candle: CandleInput): void {
    const { patterns, values } = this;
    this.#window.update(candle);
    const warm = this.#window.count >= this.#ready;
    for (let at = 0; at < values.length; at++) {
      const pattern = patterns[at] as CandlePattern;
      if (warm || this.#window.count >= pattern.warmup) values[at] = pattern.value(this.#window);
    }
  }
}

export function candlePatterns(patterns: readonly CandlePattern[]): IndicatorDefinition {
  return {
    family: 'candles',
    source: 'TA-Lib',
    volume: false,
    columns: patterns.map(({ name, definition, warmup }) => ({ name, definition, warmup, unit: 'pattern' })),
    create: () => new CandlePatterns(patterns),
  };
}
