import type { BrokerSymbolRecord, FinanceMessage, QuoteRecord } from '../protocol/messages.js';
import type { Quote } from '../market/quote.js';
import { isUndecided } from '../signals/signal.js';
import type { AccountSymbolRow, SignalRow } from '../storage/ledger/ledger.js';

/** A broker's symbol of this account, under the engine's canonical name. */
export interface TradedSymbol {
  readonly symbolId: number;
  readonly symbol: string;
  readonly record: BrokerSymbolRecord;
  /** When the broker last told its tick values. */
  readonly toldMs: number;
}

export interface NamedSymbol {
  readonly symbolId: number;
  readonly brokerName: string;
}

/** What the engine knows of one connected account: its broker's symbols and prices, its money, its signals. In memory. */
export class AccountBook {
  readonly #bySymbol = new Map<string, TradedSymbol>();
  readonly #byId = new Map<number, TradedSymbol>();
  readonly #named = new Map<string, NamedSymbol>();
  readonly #quotes = new Map<string, Quote>();
  readonly #signals = new Map<string, SignalRow>();
  #finance: { readonly message: FinanceMessage; readonly toldMs: number } | undefined;

  get finance(): FinanceMessage | undefined {
    return this.#finance?.message;
  }

  get signals(): IterableIterator<SignalRow> {
    return this.#signals.values();
  }

  get signalCount(): number {
    return this.#signals.size;
  }

  get symbolCount(): number {
    return this.#bySymbol.size;
  }

  symbol(symbol: string): TradedSymbol | undefined {
    return this.#bySymbol.get(symbol);
  }

  symbolById(symbolId: number): TradedSymbol | undefined {
    return this.#byId.get(symbolId);
  }

  quote(symbol: string): Quote | undefined {
    return this.#quotes.get(symbol);
  }

  /** Whether all is known that pricing and sizing need, fresh or not. */
  canPrice(symbol: string): boolean {
    return this.#finance !== undefined && this.#bySymbol.has(symbol) && this.#quotes.has(symbol);
  }

  signal(id: string): SignalRow | undefined {
    return this.#signals.get(id);
  }

  signalByNumber(seq: number): SignalRow | undefined {
    for (const row of this.#signals.values()) if (row.seq === seq) return row;
    return undefined;
  }

  /** The broker's name and number of a symbol, also before the EA has described it in this session. */
  named(symbol: string): NamedSymbol | undefined {
    return this.#named.get(symbol);
  }

  keepNames(rows: readonly AccountSymbolRow[]): void {
    for (const { symbol, symbolId, brokerName } of rows) if (symbol !== null) this.#named.set(symbol, { symbolId, brokerName });
  }

  keepSymbol(traded: TradedSymbol): void {
    this.#bySymbol.set(traded.symbol, traded);
    this.#byId.set(traded.symbolId, traded);
  }

  /** The same symbols again, with tick values of now. */
  refreshSymbols(records: readonly BrokerSymbolRecord[], toldMs: number): void {
    const byName = new Map(records.map((record) => [record.brokerName, record]));
    for (const traded of this.#bySymbol.values()) {
      const record = byName.get(traded.record.brokerName);
      if (record !== undefined) this.keepSymbol({ ...traded, record, toldMs });
    }
  }

  keepFinance(message: FinanceMessage, toldMs: number): void {
    this.#finance = { message, toldMs };
  }

  /** The time of receipt rules, not the broker's clock. */
  keepQuotes(quotes: readonly QuoteRecord[], receivedMs: number): void {
    for (const { symbolId, bid, ask, tradeable } of quotes) {
      const traded = this.#byId.get(symbolId);
      if (traded === undefined) continue;
      if (tradeable && bid > 0 && ask >= bid) this.#quotes.set(traded.symbol, { bid, ask, timeMs: receivedMs });
      else this.#quotes.delete(traded.symbol);
    }
  }

  /** Keeps a signal as the ledger has it, and forgets it once nothing can come of it any more. */
  keepSignal(row: SignalRow): void {
    const open = isUndecided(row.state) || (row.state === 'EXECUTED' && row.kind === 'OPEN');
    if (open) this.#signals.set(row.id, row);
    else this.#signals.delete(row.id);
  }

  /** Signals of ours that hold, or may hold, volume in a symbol. */
  live(symbol: string): readonly SignalRow[] {
    return [...this.#signals.values()].filter((row) => row.symbol === symbol && row.kind === 'OPEN');
  }
}
