/** A broker's symbols: from what SYMBOLS tells to what the ledger keeps, and back to what sizing reads. Pure. */
import { type Instrument, instrumentOf } from '../market/instrument.js';
import type { BrokerSymbolRecord, CalculationMode, SymbolIdRecord, SymbolTradeMode } from '../protocol/messages.js';
import type { AccountSymbolRow, LedgerOp } from '../storage/ledger/ledger.js';
import type { AccountBook, NamedSymbol, TradedSymbol } from './account-book.js';

/** Gold and silver have no currency code that every broker agrees on; accounts in cents have codes of their own for the same prices. */
const CODES: Readonly<Record<string, string>> = { GOLD: 'XAU', SILVER: 'XAG', USC: 'USD', EUC: 'EUR', GBC: 'GBP' };

function currency(code: string): string {
  return CODES[code.toUpperCase()] ?? code.toUpperCase();
}

/** A lot, and what brokers sell as mini, micro and cent lots of the same thing: sizing reads its worth from the record. */
const LOT_SHARES = [1, 10, 100, 1_000];

function isLotOf({ contractSize }: Instrument, offered: number): boolean {
  return LOT_SHARES.some((share) => offered * share === contractSize);
}

/** Spot, or a contract for difference on it; a future, a share or an option of the same currencies is another thing. */
const SPOT: ReadonlySet<CalculationMode> = new Set(['FOREX', 'FOREX_NO_LEVERAGE', 'CFD', 'CFD_LEVERAGE']);

/** Gold by its name, with a prefix or suffix but no date: `#GOLD`, `XAUUSD.m`, `GOLDmicro`. */
const GOLD_NAME =
  /^[^A-Z0-9]*[A-Z]?[^A-Z0-9]*(XAUUSD|GOLD)([^A-Z0-9]*[A-Z]?|[^A-Z0-9]+[A-Z]{1,5}|MICRO|MINI|CENT|RAW|PRO|ECN|STD)[^A-Z0-9]*$/;

/**
 * The canonical name of a broker's symbol: by base and profit currency and contract size, whatever prefix or suffix its name
 * wears. Null for what is not the same thing: another kind of contract, or one whose size is no part of a lot.
 */
export function canonicalName(
  record: Pick<BrokerSymbolRecord, 'baseCurrency' | 'profitCurrency' | 'contractSize' | 'brokerName' | 'calculationMode'>,
): string | null {
  const base = currency(record.baseCurrency);
  const quote = currency(record.profitCurrency);
  // Many brokers give gold the dollar as its base currency; then only the name can tell.
  const byName = base === 'USD' && quote === 'USD' && GOLD_NAME.test(record.brokerName.toUpperCase());
  const instrument = instrumentOf(byName ? 'XAUUSD' : base + quote);
  if (instrument === undefined || !SPOT.has(record.calculationMode)) return null;
  return isLotOf(instrument, record.contractSize) ? instrument.symbol : null;
}

/** How far trading in it is allowed, the freest first. */
const TRADE_MODES: readonly SymbolTradeMode[] = ['FULL', 'LONG_ONLY', 'SHORT_ONLY', 'CLOSE_ONLY', 'DISABLED'];

type Candidate = Pick<AccountSymbolRow, 'symbolId' | 'brokerName' | 'symbol' | 'details'>;

/** Before which the other is traded: below 0 for the first. The same for two rows whoever asks, and 0 for no two. */
function byRank(one: Candidate, other: Candidate): number {
  const mode = ({ details }: Candidate): number => (TRADE_MODES.indexOf(details.tradeMode as SymbolTradeMode) + 6) % 6;
  const isExact = ({ brokerName, symbol }: Candidate): number => (brokerName === symbol ? 0 : 1);
  const size = ({ details }: Candidate): number => -Number(details.contractSize);
  const length = ({ brokerName }: Candidate): number => brokerName.length;
  for (const rank of [mode, isExact, size, length]) {
    const difference = rank(one) - rank(other);
    if (difference !== 0) return difference;
  }
  return one.brokerName < other.brokerName ? -1 : 1;
}

/**
 * Which broker's symbol is traded under each of the engine's names, where several are the same thing (`EURUSD`, `EURUSD.pro`): the
 * one that the account's settings name; else the one whose trading is freest, then whose name is the engine's, then whose lot is
 * the largest, then the shortest name, then by the alphabet.
 */
export function chosenSymbols(
  rows: Iterable<Candidate>,
  preferred: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, NamedSymbol> {
  const chosen = new Map<string, Candidate>();
  for (const row of rows) {
    if (row.symbol === null) continue;
    const before = chosen.get(row.symbol);
    const wished = preferred[row.symbol];
    const wins = before === undefined || row.brokerName === wished || (before.brokerName !== wished && byRank(row, before) < 0);
    if (wins) chosen.set(row.symbol, row);
  }
  return new Map([...chosen].map(([symbol, { symbolId, brokerName }]) => [symbol, { symbolId, brokerName }]));
}

type ToldSymbols = Extract<LedgerOp, { kind: 'symbols' }>['symbols'];

/** What stays the same from day to day is kept; tick values move with prices and live in memory. */
export function toldSymbols(records: readonly BrokerSymbolRecord[]): ToldSymbols {
  return records.map(({ sessions, tickValueLoss: _loss, tickValueProfit: _profit, ...record }) => ({
    brokerName: record.brokerName,
    symbol: canonicalName(record),
    details: { ...record, sessions: JSON.stringify(sessions) },
  }));
}

/** Symbols with their ids, from the ledger's answer to what was told. */
export function tradedSymbols(
  rows: readonly AccountSymbolRow[],
  records: readonly BrokerSymbolRecord[],
  toldMs: number,
): TradedSymbol[] {
  const byName = new Map(records.map((record) => [record.brokerName, record]));
  return rows.flatMap(({ symbolId, symbol, brokerName }) => {
    const record = byName.get(brokerName);
    return record === undefined || symbol === null ? [] : [{ symbolId, symbol, record, toldMs }];
  });
}

/** What SYMBOLS_OK says: a symbol has the engine's name if it is the one that is traded under it. */
export function symbolNumbers(rows: readonly AccountSymbolRow[], book: Pick<AccountBook, 'nameOf'>): readonly SymbolIdRecord[] {
  return rows.map(({ symbolId, brokerName }) => ({ symbolId, brokerName, symbol: book.nameOf(symbolId) ?? '' }));
}
