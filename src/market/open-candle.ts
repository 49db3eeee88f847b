import type { Candle } from './candle.js';
import { TIMEFRAME_MS, type Timeframe } from './timeframe.js';

/** What of an unfinished candle survives a restart, in a fixed order. */
export type OpenCandleState = readonly (number | null)[];

/**
 * The candle in progress of one timeframe. Its numbers live in one typed array: updating a boxed double in an object would
 * allocate for each tick.
 */
const OPEN = 0;
const HIGH = 1;
const LOW = 2;
const CLOSE = 3;
const VOLUME = 4;
const SPREAD_SUM = 5;
const SPREAD_WEIGHT = 6;
const FIRST_MS = 7;
const LAST_MS = 8;
const START = 9;
const END = 10;
const LAST_CLOSED_START = 11;
const SIZE = 12;

export class OpenCandle {
  readonly spanMs: number;
  readonly #numbers = new Float64Array(SIZE);

  constructor(
    readonly symbol: string,
    readonly timeframe: Timeframe,
  ) {
    this.spanMs = TIMEFRAME_MS[timeframe];
    this.#numbers[START] = Number.NaN;
    this.#numbers[END] = Number.NaN;
    this.#numbers[LAST_CLOSED_START] = Number.NaN;
  }

  get isOpen(): boolean {
    return !Number.isNaN(this.#numbers[START] as number);
  }

  get startMs(): number {
    return this.#numbers[START] as number;
  }

  /** NaN while nothing is open, so that no comparison holds. */
  get endMs(): number {
    return this.#numbers[END] as number;
  }

  /** The candle that holds `timeMs` begins with a quote; nothing may be open. */
  begin(timeMs: number, price: number, spread: number): void {
    const n = this.#numbers;
    this.#place(timeMs);
    n[OPEN] = n[HIGH] = n[LOW] = n[CLOSE] = price;
    n[VOLUME] = 1;
    n[SPREAD_SUM] = spread;
    n[SPREAD_WEIGHT] = 1;
    n[FIRST_MS] = n[LAST_MS] = timeMs;
  }

  /** A quote inside the open candle; one out of order may become its open, and becomes its close only when it is the latest. */
  update(timeMs: number, price: number, spread: number): void {
    const n = this.#numbers;
    if (price > (n[HIGH] as number)) n[HIGH] = price;
    if (price < (n[LOW] as number)) n[LOW] = price;
    if (timeMs >= (n[LAST_MS] as number)) {
      n[CLOSE] = price;
      n[LAST_MS] = timeMs;
    } else if (timeMs < (n[FIRST_MS] as number)) {
      n[OPEN] = price;
      n[FIRST_MS] = timeMs;
    }
    n[VOLUME] = (n[VOLUME] as number) + 1;
    n[SPREAD_SUM] = (n[SPREAD_SUM] as number) + spread;
    n[SPREAD_WEIGHT] = (n[SPREAD_WEIGHT] as number) + 1;
  }

  /** A finished bar inside this candle's span and after all that is in it. */
  merge(
    timeMs: number,
    open: number,
    high: number,
    low: number,
    close: number,
    volume: number,
    spread: number,
    weight: number,
  ): void {
    const n = this.#numbers;
    if (!this.isOpen) {
      this.#place(timeMs);
      n[OPEN] = open;
      n[HIGH] = high;
      n[LOW] = low;
      n[VOLUME] = n[SPREAD_SUM] = n[SPREAD_WEIGHT] = 0;
      n[FIRST_MS] = timeMs;
    }
    if (high > (n[HIGH] as number)) n[HIGH] = high;
    if (low < (n[LOW] as number)) n[LOW] = low;
    n[CLOSE] = close;
    n[LAST_MS] = timeMs;
    n[VOLUME] = (n[VOLUME] as number) + volume;
    n[SPREAD_SUM] = (n[SPREAD_SUM] as number) + spread * weight;
    n[SPREAD_WEIGHT] = (n[SPREAD_WEIGHT] as number) + weight;
  }

  /** All of a finer candle, when it closes or to look at what is in progress. */
  mergeCandle(finer: OpenCandle): void {
    const n = finer.#numbers;
    const weight = n[SPREAD_WEIGHT] as number;
    this.merge(
      finer.startMs,
      n[OPEN] as number,
      n[HIGH] as number,
      n[LOW] as number,
      n[CLOSE] as number,
      n[VOLUME] as number,
      (n[SPREAD_SUM] as number) / weight,
      weight,
    );
  }

  /** What it is now, as a candle. */
  view(): Candle {
    const n = this.#numbers;
    const before = n[LAST_CLOSED_START] as number;
    return {
      symbol: this.symbol,
      timeframe: this.timeframe,
      time: n[START] as number,
      open: n[OPEN] as number,
      high: n[HIGH] as number,
      low: n[LOW] as number,
      close: n[CLOSE] as number,
      volume: n[VOLUME] as number,
      spread: (n[SPREAD_SUM] as number) / (n[SPREAD_WEIGHT] as number),
      gapBefore: Number.isNaN(before) ? 0 : ((n[START] as number) - before) / this.spanMs - 1,
    };
  }

  close(): void {
    const n = this.#numbers;
    n[LAST_CLOSED_START] = n[START] as number;
    n[START] = n[END] = Number.NaN;
  }

  copy(): OpenCandle {
    const twin = new OpenCandle(this.symbol, this.timeframe);
    twin.#numbers.set(this.#numbers);
    return twin;
  }

  snapshot(): OpenCandleState {
    return Array.from(this.#numbers, (value) => (Number.isNaN(value) ? null : value));
  }

  restore(state: OpenCandleState): void {
    for (let at = 0; at < SIZE; at++) this.#numbers[at] = state[at] ?? Number.NaN;
  }

  /** What another has in progress, after what was closed here. */
  goOnWith(other: OpenCandle): void {
    const closed = this.#numbers[LAST_CLOSED_START] as number;
    this.#numbers.set(other.#numbers);
    this.#numbers[LAST_CLOSED_START] = closed;
  }

  #place(timeMs: number): void {
    const start = Math.floor(timeMs / this.spanMs) * this.spanMs;
    this.#numbers[START] = start;
    this.#numbers[END] = start + this.spanMs;
  }
}
