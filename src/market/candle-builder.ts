import { LIMITS } from '../limits.js';
import { type Bar, type BarFault, barFault } from './bar.js';
import type { Candle } from './candle.js';
import { OpenCandle, type OpenCandleState } from './open-candle.js';
import { type TickCounts, TickFilter, type TickFilterState, type TickVerdict } from './tick-filter.js';
import { TIMEFRAME_MS, TIMEFRAMES, type Timeframe } from './timeframe.js';

/**
 * Builds the candles of one symbol. Ticks go into the minute alone; a minute that closes is merged into every coarser
 * candle, and then those whose end is reached close too, shortest first. So a tick costs one update however many timeframes
 * are built, and a coarser candle is by construction what its minutes say.
 *
 * A candle closes at the first tick of a later bucket, at a bar that ends where it ends, or by the clock (`closeDue`). What
 * is closed is final for ticks and bars alike, also a span in which nothing was quoted: a straggler for it is `late`.
 */
export type PriceSide = 'bid' | 'ask' | 'mid';
export type CandleSink = (candle: Candle) => void;
export type BarVerdict = 'accepted' | 'duplicate' | 'late' | BarFault;

export interface CandleBuilderOptions {
  readonly symbol: string;
  readonly price?: PriceSide;
  readonly timeframes?: readonly Timeframe[];
}

export interface CandleCounts extends TickCounts {
  /** Bars that came; their faults are counted with those of ticks. */
  bars: number;
}

export interface CandleBuilderState {
  readonly filter: TickFilterState;
  readonly bars: number;
  readonly open: Readonly<Partial<Record<Timeframe, OpenCandleState>>>;
}

const MINUTE_MS = TIMEFRAME_MS.M1;

export class CandleBuilder {
  readonly symbol: string;
  readonly #sink: CandleSink;
  readonly #filter: TickFilter;
  readonly #minute: OpenCandle;
  readonly #minutesWanted: boolean;
  /** The wanted timeframes above M1, shortest first. */
  readonly #coarser: readonly OpenCandle[];
  #bars = 0;

  constructor(options: CandleBuilderOptions, sink: CandleSink) {
    const wanted = TIMEFRAMES.filter((timeframe) => (options.timeframes ?? TIMEFRAMES).includes(timeframe));
    this.symbol = options.symbol;
    this.#sink = sink;
    this.#minute = new OpenCandle(options.symbol, 'M1');
    this.#minutesWanted = wanted.includes('M1');
    this.#coarser = wanted
      .filter((timeframe) => timeframe !== 'M1')
      .map((timeframe) => new OpenCandle(options.symbol, timeframe));
    const side = options.price ?? 'bid';
    this.#filter = new TickFilter(
      side === 'bid'
        ? (timeMs, bid, ask) => this.#add(timeMs, bid, ask - bid)
        : side === 'ask'
          ? (timeMs, bid, ask) => this.#add(timeMs, ask, ask - bid)
          : (timeMs, bid, ask) => this.#add(timeMs, (bid + ask) / 2, ask - bid),
    );
  }

  get counts(): CandleCounts {
    const { absurd, ...counts } = this.#filter.counts;
    return { ...counts, absurd: { ...absurd }, bars: this.#bars };
  }

  onTick(timeMs: number, bid: number, ask: number): TickVerdict {
    return this.#filter.offer(timeMs, bid, ask);
  }

  /** A finished bar, which must not cross the boundaries of the wanted timeframes; those shorter than it get nothing. */
  onBar(bar: Bar): BarVerdict {
    this.#bars += 1;
    const verdict = this.#judgeBar(bar);
    const { counts } = this.#filter;
    if (verdict === 'accepted') this.#addBar(bar);
    else if (verdict === 'late' || verdict === 'duplicate') counts[verdict] += 1;
    else counts.absurd[verdict] += 1;
    return verdict;
  }

  /** Live: closes whatever ended `closeGraceMs` or longer before `nowMs`. */
  closeDue(nowMs: number): void {
    const boundary = Math.floor((nowMs - LIMITS.market.closeGraceMs) / MINUTE_MS) * MINUTE_MS;
    if (boundary > this.#filter.closedBeforeMs) this.#filter.closeBefore(boundary);
    this.#closeThrough(boundary);
  }

  /** When `closeDue` next has something to close, or undefined when nothing is open. */
  nextDueMs(): number | undefined {
    let end = this.#minute.isOpen ? this.#minute.endMs : Number.POSITIVE_INFINITY;
    for (const candle of this.#coarser) if (candle.endMs < end) end = candle.endMs;
    return end === Number.POSITIVE_INFINITY ? undefined : end + LIMITS.market.closeGraceMs;
  }

  /** The input is over: quotes still held aside were absurd. Unfinished candles stay unfinished. */
  flush(): void {
    this.#filter.end();
  }

  /** The candles in progress, shortest first, as they would be if they closed now. */
  unfinished(): Candle[] {
    const views = this.#minutesWanted && this.#minute.isOpen ? [this.#minute.view()] : [];
    for (const candle of this.#coarser) {
      const whole = candle.copy();
      if (this.#minute.isOpen) whole.mergeCandle(this.#minute);
      if (whole.isOpen) views.push(whole.view());
    }
    return views;
  }

  /** Everything needed to go on after a restart, as plain data. */
  snapshot(): CandleBuilderState {
    const open: Partial<Record<Timeframe, OpenCandleState>> = {};
    for (const candle of [this.#minute, ...this.#coarser]) open[candle.timeframe] = candle.snapshot();
    return { filter: this.#filter.snapshot(), bars: this.#bars, open };
  }

  /** Into a builder of the same options. */
  restore(state: CandleBuilderState): void {
    this.#filter.restore(state.filter);
    this.#bars = state.bars;
    for (const candle of [this.#minute, ...this.#coarser]) candle.restore(state.open[candle.timeframe] ?? []);
  }

  /** Where all that has closed came as bars: goes on with the minute in progress of another builder, and with what it knows of quotes. */
  goOnWith(state: CandleBuilderState): void {
    const { closedBeforeMs } = this.#filter;
    const minute = new OpenCandle(this.symbol, 'M1');
    minute.restore(state.open.M1 ?? []);
    if (minute.startMs >= closedBeforeMs) {
      // Between the last bar and this minute longer ones may have ended.
      this.#closeThrough(minute.startMs);
      this.#minute.goOnWith(minute);
    }
    this.#filter.restore(state.filter);
    this.#filter.closeBefore(closedBeforeMs);
  }

  #add(timeMs: number, price: number, spread: number): void {
    const minute = this.#minute;
    if (timeMs < minute.endMs) {
      minute.update(timeMs, price, spread);
      return;
    }
    this.#closeThrough(Math.floor(timeMs / MINUTE_MS) * MINUTE_MS);
    minute.begin(timeMs, price, spread);
  }

  #judgeBar(bar: Bar): BarVerdict {
    const fault = barFault(bar);
    if (fault !== undefined) return fault;
    const { closedBeforeMs, lastTimeMs } = this.#filter;
    if (bar.timeMs >= closedBeforeMs && bar.timeMs > lastTimeMs) return 'accepted';
    return bar.timeMs + bar.spanMs === closedBeforeMs ? 'duplicate' : 'late';
  }

  #addBar(bar: Bar): void {
    this.#closeThrough(bar.timeMs);
    const { timeMs, open, high, low, close, volume, spread } = bar;
    const weight = volume > 0 ? volume : 1;
    if (bar.spanMs <= MINUTE_MS) this.#minute.merge(timeMs, open, high, low, close, volume, spread, weight);
    else
      for (const candle of this.#coarser)
        if (candle.spanMs >= bar.spanMs) candle.merge(timeMs, open, high, low, close, volume, spread, weight);
    const end = timeMs + bar.spanMs;
    this.#filter.closeBefore(end);
    this.#closeThrough(end);
  }

  /** Closes all that ends at `boundary` or before: a finer candle first, into the coarser ones that are yet to close. */
  #closeThrough(boundary: number): void {
    const minute = this.#minute;
    if (minute.endMs <= boundary) {
      for (const candle of this.#coarser) candle.mergeCandle(minute);
      if (this.#minutesWanted) this.#sink(minute.view());
      minute.close();
    }
    for (const candle of this.#coarser) {
      if (!(candle.endMs <= boundary)) continue;
      this.#sink(candle.view());
      candle.close();
    }
  }
}
