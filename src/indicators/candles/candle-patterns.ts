import type { CandleInput, IndicatorDefinition } from '../indicator.js';
import { SignIndex } from '../parts/candle-signs.js';
import { CandleWindow } from '../parts/candle-window.js';
import { StreamingIndicator } from '../streaming-indicator.js';
import type { CandlePattern } from './candle-pattern.js';

/** A bit for each pattern that had its signs at the newest candle, and for each that has values by now: 0 where it had not. */
const FOUND = 0;
const BEGUN = 1;

/** Many patterns over one window of candles, a column each. */
class CandlePatterns extends StreamingIndicator {
  readonly #state = this.keepCells(2);
  readonly #window = this.keep(new CandleWindow());
  readonly #ready: number;

  constructor(
    readonly patterns: readonly CandlePattern[],
    readonly index: SignIndex,
  ) {
    super(patterns.length);
    this.#ready = Math.max(...patterns.map(({ warmup }) => warmup));
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { patterns, values } = this;
    const window = this.#window;
    window.update(candle);
    for (let left = state[FOUND] | 0; left !== 0; left &= left - 1) values[lowestBit(left)] = 0;
    if (window.count <= this.#ready) this.#begin();
    const found = this.index.find(window.signs) & state[BEGUN];
    for (let left = found; left !== 0; left &= left - 1) {
      const at = lowestBit(left);
      values[at] = (patterns[at] as CandlePattern).value(window);
    }
    state[FOUND] = found;
  }

  #begin(): void {
    for (const [at, { warmup }] of this.patterns.entries()) {
      if (this.#window.count !== warmup) continue;
      this.#state[BEGUN] |= 1 << at;
      this.values[at] = 0;
    }
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

export function candlePatterns(patterns: readonly CandlePattern[]): IndicatorDefinition {
  const index = new SignIndex(patterns.map(({ asks }) => asks));
  return {
    family: 'candles',
    source: 'TA-Lib',
    volume: false,
    columns: patterns.map(({ name, definition, warmup }) => ({ name, definition, warmup, unit: 'pattern' })),
    create: () => new CandlePatterns(patterns, index),
  };
}
