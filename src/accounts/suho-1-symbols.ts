/** The symbols of a suho-1 table, described as SYMBOLS would: suho-1 tells none, so they are the reference's. Pure. */
import { type Instrument, instrumentOf } from '../market/instrument.js';
import { type BrokerSymbolRecord, SYMBOL_TABLES_1, type SymbolTable1 } from '../protocol/messages.js';

/** suho-1 carries hundredths of a lot; what a broker takes at most it does not tell, and the broker refuses what is more. */
const VOLUME_STEP = 0.01;
const VOLUME_MOST = 50;

export interface TableSymbol {
  readonly tableId: number;
  readonly record: BrokerSymbolRecord;
}

/** A tick is worth what it says only in the quote currency; for any other the rate at the broker would be needed: unknown. */
function recordOf({ symbol, base, quote, digits, contractSize }: Instrument, accountCurrency: string): BrokerSymbolRecord {
  const point = 1 / 10 ** digits;
  const tickValue = quote === accountCurrency ? Number((contractSize * point).toFixed(digits)) : 0;
  return {
    digits,
    calculationMode: 'FOREX',
    tradeMode: 'FULL',
    executionMode: 'MARKET',
    fillOrKill: false,
    immediateOrCancel: true,
    bookOrCancel: false,
    point,
    tickSize: point,
    tickValueProfit: tickValue,
    tickValueLoss: tickValue,
    contractSize,
    volumeMin: VOLUME_STEP,
    volumeMax: VOLUME_MOST,
    volumeStep: VOLUME_STEP,
    volumeLimit: 0,
    stopsLevel: 0,
    freezeLevel: 0,
    brokerName: symbol,
    baseCurrency: base,
    profitCurrency: quote,
    marginCurrency: base,
    sessions: [],
  };
}

/** Those of the table that the engine knows, by their ids in it; none where the account's settings name no table. */
export function tableSymbols(table: SymbolTable1 | null, accountCurrency: string): readonly TableSymbol[] {
  if (table === null) return [];
  return Object.entries(SYMBOL_TABLES_1[table]).flatMap(([id, symbol]) => {
    const instrument = instrumentOf(symbol);
    return instrument === undefined ? [] : [{ tableId: Number(id), record: recordOf(instrument, accountCurrency) }];
  });
}
