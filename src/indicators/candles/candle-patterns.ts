import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { signMask } from '../parts/candle-signs.js';
import { CandleWindow } from '../parts/candle-window.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import type { CandlePattern } from './candle-pattern.js';

/** Many patterns over one window of candles, a column each. */
class CandlePatterns extends StreamingIndicator {
  readonly #window = this.keep(new CandleWindow());
  readonly #ready: number;
  /** Per pattern, the signs it looks at, and those of them it wants set. */
  readonly #seen: Int32Array;
  readonly #set: Int32Array;

  constructor(readonly patterns: readonly CandlePattern[]) {
    super(patterns.length);
    const masks = patterns.map(({ asks }) => signMask(asks));
    this.#ready = Math.max(...patterns.map(({ warmup }) => warmup));
    this.#seen = Int32Array.from(masks, ({ seen }) => seen);
    this.#set = Int32Array.from(masks, ({ set }) => set);
  }

  override update(candle: CandleInput): void {
    const { values } = this;
    const window = this.#window;
    const seen = this.#seen;
    const set = this.#set;
    window.update(candle);
    const { count, signs } = window;
    const warm = count >= this.#ready;
    for (let at = 0; at < seen.length; at++) {
      if (!warm && count < (this.patterns[at] as CandlePattern).warmup) continue;
      const asked = (signs & (seen[at] as number)) === set[at];
      values[at] = asked ? (this.patterns[at] as CandlePattern).value(window) : 0;
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
