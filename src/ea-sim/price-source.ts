import type { Cancel } from '../runtime/clock.js';

export interface SourceQuote {
  readonly timeMs: number;
  readonly bid: number;
  readonly ask: number;
}

/** Where brokers take the true market from; each derives its own quotes from it. Symbols are canonical names. */
export interface PriceSource {
  quote(symbol: string): SourceQuote | undefined;
  /** Calls for every quote of the symbol from now on. A broker listens only where it holds a position. */
  onQuote(symbol: string, listener: (quote: SourceQuote) => void): Cancel;
}

/** One market shared by many brokers of a process: whoever runs the market calls `accept` with each true price. */
export class SharedPrices implements PriceSource {
  readonly #quotes = new Map<string, SourceQuote>();
  readonly #listeners = new Map<string, Set<(quote: SourceQuote) => void>>();

  accept(symbol: string, timeMs: number, bid: number, ask: number): void {
    const quote = { timeMs, bid, ask };
    this.#quotes.set(symbol, quote);
    const listeners = this.#listeners.get(symbol);
    if (listeners) for (const listener of listeners) listener(quote);
  }

  quote(symbol: string): SourceQuote | undefined {
    return this.#quotes.get(symbol);
  }

  onQuote(symbol: string, listener: (quote: SourceQuote) => void): Cancel {
    let listeners = this.#listeners.get(symbol);
    if (!listeners) {
      listeners = new Set();
      this.#listeners.set(symbol, listeners);
    }
    const own = listeners;
    own.add(listener);
    return () => own.delete(listener);
  }
}
