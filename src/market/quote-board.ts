import type { Quote } from './quote.js';

/** How long a quote is remembered for comparison with what a broker said then, and how finely. */
const REMEMBERED_MS = 15_000;
const GRAIN_MS = 250;

/** Reference quotes: the newest of each symbol, and a short past. Written by the symbol's actor, read by whoever prices a signal. */
export class QuoteBoard {
  /** Oldest first, at most one per grain of time: the last in it. */
  readonly #quotes = new Map<string, Quote[]>();

  post(symbol: string, quote: Quote): void {
    const quotes = this.#quotes.get(symbol);
    if (quotes === undefined) {
      this.#quotes.set(symbol, [quote]);
      return;
    }
    const last = quotes.at(-1);
    if (last !== undefined && Math.floor(last.timeMs / GRAIN_MS) === Math.floor(quote.timeMs / GRAIN_MS)) quotes.pop();
    quotes.push(quote);
    while (quotes.length > 1 && (quotes[0] as Quote).timeMs < quote.timeMs - REMEMBERED_MS) quotes.shift();
  }

  latest(symbol: string): Quote | undefined {
    return this.#quotes.get(symbol)?.at(-1);
  }

  /** The quote whose time is nearest to the one given. */
  nearest(symbol: string, timeMs: number): Quote | undefined {
    const quotes = this.#quotes.get(symbol) ?? [];
    let nearest = quotes.at(-1);
    // From the newest back, for it is nearly always that one.
    for (let at = quotes.length - 2; nearest !== undefined && nearest.timeMs > timeMs && at >= 0; at--) {
      const quote = quotes[at] as Quote;
      if (Math.abs(quote.timeMs - timeMs) < Math.abs(nearest.timeMs - timeMs)) nearest = quote;
      else break;
    }
    return nearest;
  }
}
