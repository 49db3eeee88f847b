import type { CandleInput, CandleStream, IndicatorDefinition } from '../indicator.js';
import { utcDay } from '../parts/utc-day.js';
import { StreamingIndicator } from '../streaming-indicator.js';

/** A day of fewer hours of candles, as a Sunday evening is, does not stand for a day's trade: the one before keeps its place. */
const WHOLE_DAY_MS = 12 * 3_600_000;

const DAY = 0;
const COUNT = 1;
const HIGH = 2;
const LOW = 3;
const CLOSE = 4;

class Pivots extends StreamingIndicator {
  readonly #state = this.keepCells(5);

  constructor(readonly spanMs: number) {
    super(7);
  }

  override update(candle: CandleInput): void {
    const state = this.#state;
    const { high, low } = candle;
    const day = utcDay(candle.time);
    if (state[DAY] !== day) {
      if (state[COUNT] * this.spanMs >= WHOLE_DAY_MS) this.#draw(state[HIGH], state[LOW], state[CLOSE]);
      state[DAY] = day;
      state[COUNT] = 0;
    }
    if (state[COUNT] === 0 || high > state[HIGH]) state[HIGH] = high;
    if (state[COUNT] === 0 || low < state[LOW]) state[LOW] = low;
    state[CLOSE] = candle.close;
    state[COUNT] += 1;
  }

  #draw(high: number, low: number, close: number): void {
    const { values } = this;
    const pivot = (high + low + close) / 3;
    values[0] = pivot;
    values[1] = 2 * pivot - low;
    values[2] = pivot + (high - low);
    values[3] = high + 2 * (pivot - low);
    values[4] = 2 * pivot - high;
    values[5] = pivot - (high - low);
    values[6] = low - 2 * (high - pivot);
  }
}

export function pivots(): IndicatorDefinition {
  const column = (name: string, definition: string) =>
    ({ name, definition, warmup: 'day', settles: 'day', unit: 'price' }) as const;
  return {
    family: 'price',
    source: 'Suho',
    volume: false,
    columns: [
      column('pivot_p', '(h + l + c) / 3: high, low and close of the last UTC day over that had 12 hours of candles'),
      column('pivot_r1', '2 · pivot_p − l'),
      column('pivot_r2', 'pivot_p + (h − l)'),
      column('pivot_r3', 'h + 2 · (pivot_p − l)'),
      column('pivot_s1', '2 · pivot_p − h'),
      column('pivot_s2', 'pivot_p − (h − l)'),
      column('pivot_s3', 'l − 2 · (h − pivot_p)'),
    ],
    create: ({ spanMs }: CandleStream) => new Pivots(spanMs),
  };
}
