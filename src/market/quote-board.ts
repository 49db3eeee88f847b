import type { Quote } from './quote.js';

/** The newest good reference quote of each symbol: written by the symbol's actor, read by whoever prices a signal. */
export class QuoteBoard {
  readonly #quotes = new Map<string, Quote>();

  post(symbol: string, quote: Quote): void {
    this.#quotes.set(symbol, quote);
  }

  latest(symbol: string): Quote | undefined {
    return this.#quotes.get(symbol);
  }

  entries(): IterableIterator<[string, Quote]> {
    return this.#quotes.entries();
  }
}
