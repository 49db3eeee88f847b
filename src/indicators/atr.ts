import type { CandleInput, IndicatorDefinition } from './indicator.js';
import { StreamingIndicator } from './streaming-indicator.js';
import { isTaZero } from './ta-zero.js';
import { trueRange, WilderRange } from './wilder-range.js';

const SEEN = 0;
const CLOSE = 1;

class TrueRange extends StreamingIndicator {
  readonly #state = this.keepCells(2);

  constructor() {
    super(1);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    if (state[SEEN] === 1) this.values[0] = trueRange(candle, state[CLOSE]);
    state[SEEN] = 1;
    state[CLOSE] = candle.close;
  }
}

class Atr extends StreamingIndicator {
  readonly #range: WilderRange;

  constructor(period: number) {
    super(1);
    this.#range = this.keep(new WilderRange(period));
  }

  override update(candle: CandleInput): void {
    this.values[0] = this.#range.update(candle);
  }
}

class Natr extends StreamingIndicator {
  readonly #range: WilderRange;

  constructor(period: number) {
    super(1);
    this.#range = this.keep(new WilderRange(period));
  }

  override update(candle: CandleInput): void {
    const range = this.#range.update(candle);
    this.values[0] = isTaZero(candle.close) && !Number.isNaN(range) ? 0 : 100 * (range / candle.close);
  }
}

const VOLATILITY = { family: 'volatility', source: 'TA-Lib', volume: false } as const;

export function tr(): IndicatorDefinition {
  const definition = 'largest of high − low, |high − close before|, |low − close before|';
  return {
    ...VOLATILITY,
    columns: [{ name: 'tr', definition, warmup: 2, unit: 'price' }],
    create: () => new TrueRange(),
  };
}

export function atr(period: number): IndicatorDefinition {
  const definition = `Wilder average of tr over ${period}, seeded with the mean of the first ${period}`;
  return {
    ...VOLATILITY,
    columns: [{ name: `atr_${period}`, definition, warmup: period + 1, unit: 'price' }],
    create: () => new Atr(period),
  };
}

export function natr(period: number): IndicatorDefinition {
  const definition = `100 · atr_${period} / close`;
  return {
    ...VOLATILITY,
    columns: [{ name: `natr_${period}`, definition, warmup: period + 1, unit: 'percent' }],
    create: () => new Natr(period),
  };
}
