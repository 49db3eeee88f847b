/** A broker's symbols: from what SYMBOLS tells to what the ledger keeps, and back to what sizing reads. Pure. */
import { instrumentOf, INSTRUMENTS } from '../market/instrument.js';
import type { BrokerSymbolRecord, SymbolIdRecord } from '../protocol/messages.js';
import type { AccountSymbolRow, LedgerOp } from '../storage/ledger/ledger.js';
import type { TradedSymbol } from './account-book.js';

/** Gold and silver have no currency code that every broker agrees on. */
const METALS: Readonly<Record<string, string>> = { GOLD: 'XAU', SILVER: 'XAG' };

function currency(code: string): string {
  return METALS[code.toUpperCase()] ?? code.toUpperCase();
}

/**
 * The canonical name of a broker's symbol: by base and profit currency and contract size, whatever prefix or suffix its name
 * wears. A symbol whose contract is another size than the reference's (a micro contract, an option) is not the same thing.
 */
export function canonicalName(
  record: Pick<BrokerSymbolRecord, 'baseCurrency' | 'profitCurrency' | 'contractSize' | 'brokerName'>,
): string | null {
  const base = currency(record.baseCurrency);
  const quote = currency(record.profitCurrency);
  // Many brokers give gold the dollar as its base currency; then only the name can tell.
  const byName = INSTRUMENTS.find(
    ({ symbol, base: metal }) => metal === 'XAU' && base === quote && record.brokerName.toUpperCase().includes(symbol),
  );
  const instrument = byName ?? instrumentOf(base + quote);
  return instrument !== undefined && instrument.contractSize === record.contractSize ? instrument.symbol : null;
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

/** What SYMBOLS_OK says. */
export function symbolNumbers(rows: readonly AccountSymbolRow[]): readonly SymbolIdRecord[] {
  return rows.map(({ symbolId, brokerName, symbol }) => ({ symbolId, brokerName, symbol: symbol ?? '' }));
}
