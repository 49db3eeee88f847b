import { SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import type { Bar } from '../market/bar.js';
import { barSpanOf, spanText } from '../market/bar-span.js';
import type { PriceSide } from '../market/candle-builder.js';
import type { Row } from '../market/formats/format.js';
import type { TickBatch } from '../market/tick.js';
import { TIMEFRAME_MS, type Timeframe } from '../market/timeframe.js';

export type InputBatch =
  | { readonly kind: 'ticks'; readonly ticks: TickBatch }
  | { readonly kind: 'bars'; readonly bars: readonly Bar[]; readonly spanMs: number };

const BATCH = LIMITS.market.tickBatch;

export function lineError(title: string, lineNumber: number, fault: string): SuhoError {
  return new SuhoError('INPUT_INVALID', `${title}:${lineNumber}: ${fault}.`);
}

/** Gathers rows until a batch is full. */
export interface Gatherer {
  add(row: Row, lineNumber: number): InputBatch | undefined;
  end(): InputBatch | undefined;
}

export class TickGatherer implements Gatherer {
  #timesMs = new Float64Array(BATCH);
  #bids = new Float64Array(BATCH);
  #asks = new Float64Array(BATCH);
  #count = 0;

  constructor(readonly symbol: string) {}

  add(row: Row): InputBatch | undefined {
    this.#timesMs[this.#count] = row.timeMs;
    this.#bids[this.#count] = row.bid;
    this.#asks[this.#count] = row.ask;
    this.#count += 1;
    return this.#count === BATCH ? this.end() : undefined;
  }

  end(): InputBatch | undefined {
    if (this.#count === 0) return undefined;
    const ticks = { symbol: this.symbol, count: this.#count, timesMs: this.#timesMs, bids: this.#bids, asks: this.#asks };
    this.#timesMs = new Float64Array(BATCH);
    this.#bids = new Float64Array(BATCH);
    this.#asks = new Float64Array(BATCH);
    this.#count = 0;
    return { kind: 'ticks', ticks };
  }
}

type Spanless = Omit<Bar, 'spanMs'>;

/** Holds the first batch back until the length of the bars is known by it. */
export class BarGatherer implements Gatherer {
  #gathered: Spanless[] = [];
  #lineNumbers: number[] = [];
  #lastStart = Number.NEGATIVE_INFINITY;
  #spanMs: number | undefined;

  constructor(
    readonly title: string,
    readonly finest: Timeframe,
    /** Which side to take; undefined where the source has but one. */
    readonly side: PriceSide | undefined,
  ) {}

  add(row: Row, lineNumber: number): InputBatch | undefined {
    this.#gathered.push(this.side === undefined ? oneSide(row) : sideOf(row, this.side));
    if (this.#spanMs === undefined) this.#lineNumbers.push(lineNumber);
    else this.#check(row.timeMs, lineNumber, this.#spanMs);
    return this.#gathered.length === BATCH ? this.end() : undefined;
  }

  end(): InputBatch | undefined {
    if (this.#gathered.length === 0) return undefined;
    const spanMs = this.#spanMs ?? this.#learnSpan();
    const bars = this.#gathered.map((bar) => ({ ...bar, spanMs }));
    this.#gathered = [];
    return { kind: 'bars', bars, spanMs };
  }

  #learnSpan(): number {
    const starts = this.#gathered.map(({ timeMs }) => timeMs);
    const wanted = TIMEFRAME_MS[this.finest];
    const spanMs = barSpanOf(starts, wanted);
    if (spanMs === undefined) {
      throw new SuhoError('INPUT_INVALID', `${this.title}: its bars lie apart by no length that candles can be made of.`);
    }
    if (spanMs > wanted) {
      throw new SuhoError(
        'INPUT_INVALID',
        `${this.title} holds ${spanText(spanMs)} bars, of which no ${this.finest} candles can be made.`,
      );
    }
    this.#spanMs = spanMs;
    for (const [at, start] of starts.entries()) this.#check(start, this.#lineNumbers[at] as number, spanMs);
    return spanMs;
  }

  /** Only whole bars inside candles add up; a bar that begins inside the one before shows that the length was misjudged. */
  #check(startMs: number, lineNumber: number, spanMs: number): void {
    if (startMs % spanMs !== 0) {
      throw lineError(
        this.title,
        lineNumber,
        `a ${spanText(spanMs)} bar that does not start on a UTC boundary of ${spanText(spanMs)} fits no candle`,
      );
    }
    if (startMs > this.#lastStart && startMs < this.#lastStart + spanMs) {
      throw lineError(this.title, lineNumber, `the bar begins inside the ${spanText(spanMs)} bar before it`);
    }
    this.#lastStart = startMs;
  }
}

function oneSide({ timeMs, open, high, low, close, volume, spread }: Row): Spanless {
  return { timeMs, open, high, low, close, volume, spread };
}

function sideOf(row: Row, side: PriceSide): Spanless {
  const { timeMs, open, high, low, close, askOpen, askHigh, askLow, askClose, volume } = row;
  const spread = (askOpen - open + (askClose - close)) / 2;
  if (side === 'bid') return { timeMs, open, high, low, close, volume, spread };
  if (side === 'ask') return { timeMs, open: askOpen, high: askHigh, low: askLow, close: askClose, volume, spread };
  return {
    timeMs,
    open: (open + askOpen) / 2,
    high: (high + askHigh) / 2,
    low: (low + askLow) / 2,
    close: (close + askClose) / 2,
    volume,
    spread,
  };
}
