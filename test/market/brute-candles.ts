import type { Candle } from '../../src/market/candle.js';
import { TIMEFRAME_MS, type Timeframe } from '../../src/market/timeframe.js';

/**
 * The candle builder's rules once more, said the slow way: keep the whole input, sort it, group it, and find for each group
 * the event that closed it. Shares no code with the builder.
 */
export type FeedEvent =
  | { readonly kind: 'tick'; readonly timeMs: number; readonly bid: number; readonly ask: number }
  | { readonly kind: 'clock'; readonly nowMs: number };

type Quote = Extract<FeedEvent, { kind: 'tick' }>;

interface Used extends Quote {
  /** Index of the event at which it was used: later than its own for one that was held. */
  readonly at: number;
}

export interface BruteResult {
  readonly closed: Candle[];
  readonly unfinished: Candle[];
  readonly counts: Record<string, number>;
}

const minuteOf = (timeMs: number): number => timeMs - (timeMs % 60_000);
const middle = (quote: Quote): number => (quote.bid + quote.ask) / 2;

class Sieve {
  readonly used: Used[] = [];
  readonly counts = { accepted: 0, outOfOrder: 0, duplicate: 0, late: 0, notANumber: 0, negative: 0, crossed: 0, jump: 0 };
  waiting: Quote[] = [];
  #previous: Quote | undefined;
  #clockBoundary = Number.NEGATIVE_INFINITY;

  clock(nowMs: number): void {
    this.#clockBoundary = Math.max(this.#clockBoundary, minuteOf(nowMs - 500));
  }

  isLate(quote: Quote): boolean {
    const newest = this.used.reduce((latest, { timeMs }) => Math.max(latest, minuteOf(timeMs)), this.#clockBoundary);
    return quote.timeMs < newest;
  }

  tick(quote: Quote, at: number): void {
    const { timeMs, bid, ask } = quote;
    if (![timeMs, bid, ask].every(Number.isFinite)) this.counts.notANumber += 1;
    else if (bid <= 0 || ask <= 0) this.counts.negative += 1;
    else if (ask < bid) this.counts.crossed += 1;
    else if (this.#previous?.timeMs === timeMs && this.#previous.bid === bid && this.#previous.ask === ask)
      this.counts.duplicate += 1;
    else if (this.isLate(quote)) this.counts.late += 1;
    else {
      this.#previous = quote;
      this.waiting.push(quote);
      while (this.#settle(at));
    }
  }

  #settle(at: number): boolean {
    const [first, ...others] = this.waiting;
    if (first === undefined) return false;
    const last = this.used.at(-1);
    const agrees = (quote: Quote): boolean => Math.abs(middle(quote) - middle(first)) <= 0.001 * middle(first);
    if (last === undefined || Math.abs(middle(first) - middle(last)) <= 0.02 * middle(last)) {
      this.#use(this.waiting.splice(0, 1), at);
    } else if (!others.every(agrees)) {
      this.counts.jump += 1;
      this.waiting.shift();
    } else if (others.length === 3) {
      this.#use(this.waiting.splice(0, 4), at);
    } else return false;
    return true;
  }

  #use(quotes: readonly Quote[], at: number): void {
    for (const quote of quotes) {
      if (this.isLate(quote)) {
        this.counts.late += 1;
        continue;
      }
      this.counts.accepted += 1;
      if (this.used.some(({ timeMs }) => timeMs > quote.timeMs)) this.counts.outOfOrder += 1;
      this.used.push({ ...quote, at });
    }
  }
}

export function bruteCandles(
  symbol: string,
  timeframes: readonly Timeframe[],
  events: readonly FeedEvent[],
  priceOf: (quote: Quote) => number,
): BruteResult {
  const sieve = new Sieve();
  for (const [at, event] of events.entries()) {
    if (event.kind === 'clock') sieve.clock(event.nowMs);
    else sieve.tick(event, at);
  }
  sieve.counts.jump += sieve.waiting.length;

  const closed: { at: number; end: number; rank: number; candle: Candle }[] = [];
  const unfinished: Candle[] = [];
  for (const [rank, timeframe] of timeframes.entries()) {
    const span = TIMEFRAME_MS[timeframe];
    const groups = new Map<number, Used[]>();
    for (const quote of sieve.used) {
      const start = quote.timeMs - (quote.timeMs % span);
      groups.set(start, [...(groups.get(start) ?? []), quote]);
    }
    let previous: number | undefined;
    for (const start of [...groups.keys()].sort((a, b) => a - b)) {
      const group = (groups.get(start) as Used[]).toSorted((a, b) => a.timeMs - b.timeMs);
      const prices = group.map(priceOf);
      const candle: Candle = {
        symbol,
        timeframe,
        time: start,
        open: prices[0] as number,
        high: Math.max(...prices),
        low: Math.min(...prices),
        close: prices.at(-1) as number,
        volume: group.length,
        spread: group.reduce((sum, { bid, ask }) => sum + (ask - bid), 0) / group.length,
        gapBefore: previous === undefined ? 0 : (start - previous) / span - 1,
      };
      previous = start;
      const end = start + span;
      const closers = [
        ...sieve.used.filter(({ timeMs }) => timeMs >= end).map(({ at }) => at),
        ...events.flatMap((event, at) => (event.kind === 'clock' && event.nowMs >= end + 500 ? [at] : [])),
      ];
      const began = Math.min(...group.map(({ at }) => at));
      const at = Math.min(...closers.filter((closer) => closer >= began));
      if (at === Number.POSITIVE_INFINITY) unfinished.push(candle);
      else closed.push({ at, end, rank, candle });
    }
  }
  closed.sort((a, b) => a.at - b.at || a.end - b.end || a.rank - b.rank);
  return { closed: closed.map(({ candle }) => candle), unfinished, counts: sieve.counts };
}
