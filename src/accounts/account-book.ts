import type { BrokerSymbolRecord, FinanceMessage, QuoteRecord } from '../protocol/messages.js';
import { instrumentOf } from '../market/instrument.js';
import type { Quote } from '../market/quote.js';
import type { HeldSymbol } from '../risk/holdings.js';
import { isUndecided } from '../signals/signal.js';
import type { AccountSymbolRow, DealRow, NewSignal, SignalRow } from '../storage/ledger/ledger.js';
import { ChargeBook } from './charge-book.js';
import { LossBook } from './loss-book.js';
import { type OpenPosition, PositionBook } from './position-book.js';
import { chosenSymbols } from './symbols.js';

/** A broker's symbol of this account, under the engine's canonical name. */
export interface TradedSymbol {
  readonly symbolId: number;
  readonly symbol: string;
  readonly record: BrokerSymbolRecord;
  /** When the broker last told its tick values. */
  readonly toldMs: number;
}

/** A broker's quote of one of the engine's symbols. */
export interface BrokerQuote {
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  /** The broker's own time of it; 0 where it is not told. */
  readonly brokerTimeMs: number;
}

export interface NamedSymbol {
  readonly symbolId: number;
  readonly brokerName: string;
}

/** What the engine knows of one connected account: its broker's symbols and prices, its money, its signals. In memory. */
export class AccountBook {
  /** OPEN signals on their way to the ledger, by id: they count against every limit before they are rows. */
  readonly raising = new Map<string, NewSignal>();
  readonly positions = new PositionBook();
  readonly losses = new LossBook();
  readonly charges = new ChargeBook();
  /** By the broker's name: those that could be traded, as described in this session. */
  readonly #described = new Map<string, TradedSymbol>();
  /** By the broker's name, all that the ledger has. */
  readonly #rows = new Map<string, AccountSymbolRow>();
  #preferred: Readonly<Record<string, string>> = {};
  /** By the engine's name, the one that is traded. */
  #named: ReadonlyMap<string, NamedSymbol> = new Map();
  /** Of each symbol that the EA has described, also one that the engine has no name for. */
  readonly #held = new Map<string, HeldSymbol>();
  /** By symbol number, so that a quote which comes before its symbol is described is there once it is. */
  readonly #quotes = new Map<number, Quote>();
  /** The engine's name of each symbol number, where it is the one that is traded under it. */
  readonly #numbers = new Map<number, string | null>();
  readonly #signals = new Map<string, SignalRow>();
  readonly #idOfNumber = new Map<number, string>();
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
    return [...this.traded].length;
  }

  get traded(): readonly TradedSymbol[] {
    return [...this.#named.keys()].flatMap((symbol) => this.symbol(symbol) ?? []);
  }

  /** What a volume of a broker's symbol is of; undefined until it is described. */
  held(brokerName: string): HeldSymbol | undefined {
    return this.#held.get(brokerName);
  }

  symbol(symbol: string): TradedSymbol | undefined {
    return this.#described.get(this.#named.get(symbol)?.brokerName ?? '');
  }

  quote(symbol: string): Quote | undefined {
    const traded = this.symbol(symbol);
    return traded && this.#quotes.get(traded.symbolId);
  }

  /** Whether all is known that pricing and sizing need, fresh or not. */
  canPrice(symbol: string): boolean {
    return this.#finance !== undefined && this.quote(symbol) !== undefined;
  }

  signal(id: string): SignalRow | undefined {
    return this.#signals.get(id);
  }

  signalByNumber(seq: number): SignalRow | undefined {
    return this.#signals.get(this.#idOfNumber.get(seq) ?? '');
  }

  /** The broker's name and number of a symbol, also before the EA has described it in this session. */
  named(symbol: string): NamedSymbol | undefined {
    return this.#named.get(symbol);
  }

  /** The engine's name of what its broker calls so. */
  symbolOf(brokerName: string): string | undefined {
    return this.#rows.get(brokerName)?.symbol ?? undefined;
  }

  /** The engine's name of a symbol number; null for one that it does not know, or does not trade under that name. */
  nameOf(symbolId: number): string | null {
    return this.#numbers.get(symbolId) ?? null;
  }

  /** Answers, beside these rows, those whose symbol has another name now: a better one came, or went. */
  keepNames(rows: readonly AccountSymbolRow[]): readonly AccountSymbolRow[] {
    for (const row of rows) this.#rows.set(row.brokerName, row);
    const told = new Set(rows.map(({ brokerName }) => brokerName));
    return [...rows, ...this.#choose().filter(({ brokerName }) => !told.has(brokerName))];
  }

  /** Broker's names that the account's settings prefer; answers the rows whose symbol has another name by it. */
  prefer(preferred: Readonly<Record<string, string>>): readonly AccountSymbolRow[] {
    if (preferred === this.#preferred) return [];
    this.#preferred = preferred;
    return this.#choose();
  }

  /** What the EA has described, under whatever name. */
  keepDescribed(records: readonly BrokerSymbolRecord[], nameOf: (brokerName: string) => string | null): void {
    for (const { brokerName, contractSize, baseCurrency, profitCurrency } of records) {
      const symbol = nameOf(brokerName);
      const known = symbol === null ? undefined : instrumentOf(symbol);
      // Many brokers give gold the dollar as its base currency.
      const currencies = { baseCurrency: known?.base ?? baseCurrency, profitCurrency: known?.quote ?? profitCurrency };
      this.#held.set(brokerName, { symbol, contractSize, ...currencies });
    }
  }

  keepSymbol(traded: TradedSymbol): void {
    this.#described.set(traded.record.brokerName, traded);
  }

  /** The same symbols again, with tick values of now. */
  refreshSymbols(records: readonly BrokerSymbolRecord[], toldMs: number): void {
    const byName = new Map(records.map((record) => [record.brokerName, record]));
    for (const traded of this.#described.values()) {
      const record = byName.get(traded.record.brokerName);
      if (record !== undefined) this.keepSymbol({ ...traded, record, toldMs });
    }
  }

  /** Answers the rows whose symbol has another name than before. */
  #choose(): readonly AccountSymbolRow[] {
    this.#named = chosenSymbols(this.#rows.values(), this.#preferred);
    const changed: AccountSymbolRow[] = [];
    for (const row of this.#rows.values()) {
      const { symbol, symbolId, brokerName } = row;
      const name = symbol !== null && this.#named.get(symbol)?.brokerName === brokerName ? symbol : null;
      const before = this.#numbers.get(symbolId);
      if (before !== undefined && before !== name) changed.push(row);
      this.#numbers.set(symbolId, name);
    }
    return changed;
  }

  keepFinance(message: FinanceMessage, toldMs: number): void {
    this.#finance = { message, toldMs };
  }

  /** The time of receipt rules, not the broker's clock. Answers those that can be traded on, by the engine's names. */
  keepQuotes(quotes: readonly QuoteRecord[], receivedMs: number): readonly BrokerQuote[] {
    const kept: BrokerQuote[] = [];
    for (const { symbolId, bid, ask, brokerTimeMs, tradeable } of quotes) {
      const symbol = this.#numbers.get(symbolId);
      if (symbol === undefined) continue;
      if (!tradeable || !(bid > 0 && ask >= bid)) {
        this.#quotes.delete(symbolId);
        continue;
      }
      this.#quotes.set(symbolId, { bid, ask, timeMs: receivedMs });
      if (symbol !== null) kept.push({ symbol, bid, ask, brokerTimeMs });
    }
    return kept;
  }

  /** A deal that the ledger did not hold before. */
  keepDeal({ brokerTime, symbol, entry, volume, profit, commission, swap, signalId }: DealRow): void {
    this.losses.book(brokerTime, profit + commission + swap);
    if (signalId === null || entry === 'INOUT') return;
    this.charges.charge({ symbol, opening: entry === 'IN', lots: volume, commission });
  }

  /** Keeps a signal as the ledger has it, and forgets it once nothing can come of it any more. */
  keepSignal(row: SignalRow): void {
    const open = isUndecided(row.state) || (row.state === 'EXECUTED' && row.kind === 'OPEN');
    if (open) {
      this.#signals.set(row.id, row);
      this.#idOfNumber.set(row.seq, row.id);
    } else {
      this.#signals.delete(row.id);
      this.#idOfNumber.delete(row.seq);
    }
  }

  /** What is open at the broker in a symbol, under whatever number. */
  openIn(symbol: string): readonly OpenPosition[] {
    const brokerName = this.#named.get(symbol)?.brokerName;
    return brokerName === undefined ? [] : this.positions.of(brokerName);
  }

  /** Signals of ours that hold, or may hold, volume in a symbol. */
  live(symbol: string): readonly SignalRow[] {
    return [...this.#signals.values()].filter((row) => row.symbol === symbol && row.kind === 'OPEN');
  }
}
