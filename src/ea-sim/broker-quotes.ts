import type { BrokerSymbol } from './broker-terms.js';
import type { PriceSource, SourceQuote } from './price-source.js';

export interface BrokerQuote {
  readonly timeMs: number;
  readonly bid: number;
  readonly ask: number;
}

/** Rounds a price to the symbol's digits, so that equal prices are equal numbers. */
export function toDigits(price: number, digits: number): number {
  return Number(price.toFixed(digits));
}

/** The broker's own quote: its offset from the source's mid, and its mark-up on the spread, never crossed. */
export function deriveQuote(symbol: BrokerSymbol, source: SourceQuote): BrokerQuote {
  const offset = symbol.offsetPoints * symbol.point;
  const half = (symbol.markupPoints * symbol.point) / 2;
  const bid = toDigits(source.bid + offset - half, symbol.digits);
  const ask = Math.max(bid, toDigits(source.ask + offset + half, symbol.digits));
  return { timeMs: source.timeMs, bid, ask };
}

/** A broker's quotes, and money changed at them. */
export class BrokerQuotes {
  readonly #byName: ReadonlyMap<string, BrokerSymbol>;
  readonly #byCanonical: ReadonlyMap<string, BrokerSymbol>;

  constructor(
    readonly symbols: readonly BrokerSymbol[],
    readonly source: PriceSource,
  ) {
    this.#byName = new Map(symbols.map((symbol) => [symbol.name, symbol]));
    this.#byCanonical = new Map(symbols.map((symbol) => [symbol.canonical, symbol]));
  }

  symbol(name: string): BrokerSymbol | undefined {
    return this.#byName.get(name);
  }

  quote(symbol: BrokerSymbol): BrokerQuote | undefined {
    const source = this.source.quote(symbol.canonical);
    return source && deriveQuote(symbol, source);
  }

  /**
   * What `amount` of one currency is worth in another at the adverse side: a gain is sold, a loss must be bought. Direct
   * pair first, then over the dollar; undefined where no quote has come yet.
   */
  convert(amount: number, from: string, to: string): number | undefined {
    if (from === to || amount === 0) return amount;
    const direct = this.#convertDirect(amount, from, to);
    if (direct !== undefined || from === 'USD' || to === 'USD') return direct;
    const dollars = this.#convertDirect(amount, from, 'USD');
    return dollars === undefined ? undefined : this.#convertDirect(dollars, 'USD', to);
  }

  #convertDirect(amount: number, from: string, to: string): number | undefined {
    const straight = this.#byCanonical.get(from + to);
    if (straight) {
      const quote = this.quote(straight);
      return quote && amount * (amount > 0 ? quote.bid : quote.ask);
    }
    const inverse = this.#byCanonical.get(to + from);
    const quote = inverse && this.quote(inverse);
    return quote && amount / (amount > 0 ? quote.ask : quote.bid);
  }
}
