import type { FinanceMessage, QuoteRecord, QuotesMessage } from '../protocol/messages.js';
import type { Broker } from './broker.js';
import type { BrokerSymbol } from './broker-terms.js';
import { finance, type Naming } from './reports.js';

const FINANCE_LEAST_MS = 1_000;
const FINANCE_MOST_MS = 30_000;
const SYMBOLS_EVERY_MS = 60_000;
/** An unchanged quote is told again this often: half of what the server takes for stale. */
const QUOTE_AGAIN_MS = 5_000;

interface ToldQuote {
  bid: number;
  ask: number;
  atMs: number;
}

/** When state is told of which only the latest counts: money, quotes, tick values. One session's worth. */
export class StateReports {
  readonly #broker: Broker;
  readonly #quotesEveryMs: number;
  readonly #watched: readonly BrokerSymbol[];
  readonly #told = new Map<string, ToldQuote>();
  #finance: { readonly message: FinanceMessage; readonly atMs: number } | undefined;
  #financeDueMs = 0;
  #quotesDueMs = 0;
  #symbolsDueMs = 0;

  constructor(broker: Broker, quotesEveryMs: number, watch: readonly string[] | undefined) {
    this.#broker = broker;
    this.#quotesEveryMs = quotesEveryMs;
    this.#watched = broker.quotes.symbols.filter((symbol) => !watch || watch.includes(symbol.canonical));
  }

  /** A new session: everything is told afresh. */
  restart(nowMs: number): void {
    this.#told.clear();
    this.#finance = undefined;
    this.#financeDueMs = nowMs;
    this.#quotesDueMs = nowMs;
    this.#symbolsDueMs = nowMs + SYMBOLS_EVERY_MS;
  }

  /** Symbols have their numbers now, so quotes can be told. */
  numbered(nowMs: number): void {
    this.#quotesDueMs = nowMs;
  }

  nextDueMs(): number {
    return Math.min(this.#financeDueMs, this.#quotesDueMs, this.#symbolsDueMs);
  }

  symbolsDue(nowMs: number): boolean {
    if (nowMs < this.#symbolsDueMs) return false;
    this.#symbolsDueMs = nowMs + SYMBOLS_EVERY_MS;
    return true;
  }

  finance(nowMs: number): FinanceMessage | undefined {
    if (nowMs < this.#financeDueMs) return undefined;
    this.#financeDueMs = nowMs + Math.max(FINANCE_LEAST_MS, this.#quotesEveryMs);
    const message = finance(this.#broker);
    const last = this.#finance;
    if (last && sameMoney(last.message, message) && nowMs - last.atMs < FINANCE_MOST_MS) return undefined;
    this.#finance = { message, atMs: nowMs };
    return message;
  }

  quotes(nowMs: number, naming: Naming): QuotesMessage | undefined {
    if (nowMs < this.#quotesDueMs) return undefined;
    this.#quotesDueMs = nowMs + this.#quotesEveryMs;
    const open = this.#broker.marketOpen();
    const linked = this.#broker.linkedSinceMs() !== undefined;
    const quotes: QuoteRecord[] = [];
    for (const symbol of this.#watched) {
      const symbolId = naming.idOf(symbol.name);
      const quote = this.#broker.quotes.quote(symbol);
      if (symbolId === 0 || !quote || !this.#isNews(symbol.name, quote.bid, quote.ask, nowMs)) continue;
      quotes.push({
        symbolId,
        bid: quote.bid,
        ask: quote.ask,
        brokerTimeMs: quote.timeMs + this.#broker.terms.timeOffsetMs,
        tradeable: linked && open && symbol.tradeMode !== 'DISABLED',
        sessionOpen: open,
      });
    }
    return quotes.length > 0 ? { kind: 'QUOTES', quotes } : undefined;
  }

  #isNews(name: string, bid: number, ask: number, nowMs: number): boolean {
    const told = this.#told.get(name);
    if (told && told.bid === bid && told.ask === ask && nowMs - told.atMs < QUOTE_AGAIN_MS) return false;
    if (told) {
      told.bid = bid;
      told.ask = ask;
      told.atMs = nowMs;
    } else this.#told.set(name, { bid, ask, atMs: nowMs });
    return true;
  }
}

function sameMoney(a: FinanceMessage, b: FinanceMessage): boolean {
  return (
    a.balance === b.balance &&
    a.equity === b.equity &&
    a.margin === b.margin &&
    a.freeMargin === b.freeMargin &&
    a.floating === b.floating &&
    a.dayProfit === b.dayProfit
  );
}
