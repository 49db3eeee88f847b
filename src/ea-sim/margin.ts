/** Money of a simulated account at its broker's present quotes: profit, margin, equity. Pure. */
import { type BrokerQuotes, toDigits } from './broker-quotes.js';
import type { BrokerSymbol, BrokerTerms } from './broker-terms.js';
import type { Position, TradingBook } from './trading-book.js';

export interface AccountState {
  readonly balance: number;
  readonly equity: number;
  readonly margin: number;
  readonly freeMargin: number;
  readonly floating: number;
}

/** What a position makes when closed at `price`, in the account's currency; 0 while no quote can change the money. */
export function profitOf(position: Position, price: number, quotes: BrokerQuotes, currency: string): number {
  const symbol = quotes.symbol(position.symbol);
  if (!symbol) return 0;
  const sign = position.side === 'BUY' ? 1 : -1;
  const made = sign * (price - position.openPrice) * position.volume * symbol.contractSize;
  return quotes.convert(made, symbol.profitCurrency, currency) ?? 0;
}

export function floatingOf(position: Position, quotes: BrokerQuotes, currency: string): number {
  const symbol = quotes.symbol(position.symbol);
  const quote = symbol && quotes.quote(symbol);
  return quote ? profitOf(position, position.side === 'BUY' ? quote.bid : quote.ask, quotes, currency) : 0;
}

/** Margin for a volume at present quotes; undefined where the money cannot be changed yet. */
export function marginNeeded(symbol: BrokerSymbol, volume: number, quotes: BrokerQuotes, terms: BrokerTerms): number | undefined {
  const quote = quotes.quote(symbol);
  if (!quote) return undefined;
  const units = symbol.calculation === 'FOREX' ? 1 : quote.ask;
  const needed = (volume * symbol.contractSize * units) / terms.leverage;
  return quotes.convert(needed, symbol.marginCurrency, terms.currency);
}

/** Opposite positions on one symbol are charged for the larger side alone. */
function marginHeld(book: TradingBook, quotes: BrokerQuotes, terms: BrokerTerms): number {
  const sides = new Map<string, { BUY: number; SELL: number }>();
  for (const position of book.positions.values()) {
    const held = sides.get(position.symbol) ?? { BUY: 0, SELL: 0 };
    held[position.side] += position.volume;
    sides.set(position.symbol, held);
  }
  let margin = 0;
  for (const [name, held] of sides) {
    const symbol = quotes.symbol(name);
    if (symbol) margin += marginNeeded(symbol, Math.max(held.BUY, held.SELL), quotes, terms) ?? 0;
  }
  return margin;
}

export function accountState(book: TradingBook, terms: BrokerTerms, quotes: BrokerQuotes): AccountState {
  let open = 0;
  for (const position of book.positions.values()) open += floatingOf(position, quotes, terms.currency);
  const money = (amount: number): number => toDigits(amount, terms.currencyDigits) + 0;
  const floating = money(open);
  const margin = money(marginHeld(book, quotes, terms));
  const equity = money(book.balance + floating);
  return { balance: book.balance, equity, margin, freeMargin: money(equity - margin), floating };
}

/** The position that loses most. */
export function worstPosition(book: TradingBook, quotes: BrokerQuotes, currency: string): Position | undefined {
  let worst: Position | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const position of book.positions.values()) {
    const made = floatingOf(position, quotes, currency);
    if (made < least) {
      least = made;
      worst = position;
    }
  }
  return worst;
}

/** Value of one tick per lot, for a gain and for a loss; 0 where it is not known yet, as MT5 says it. */
export function tickValues(symbol: BrokerSymbol, quotes: BrokerQuotes, currency: string): { profit: number; loss: number } {
  const value = symbol.tickSize * symbol.contractSize;
  const profit = quotes.convert(value, symbol.profitCurrency, currency) ?? 0;
  const loss = -(quotes.convert(-value, symbol.profitCurrency, currency) ?? 0);
  return { profit, loss: loss + 0 };
}
