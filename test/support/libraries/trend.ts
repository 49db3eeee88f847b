import { taLibFunction } from './libraries.js';
import { type LibraryColumns, taLibColumn } from './library-column.js';

const MACD = taLibFunction('MACD', { optInFastPeriod: 12, optInSlowPeriod: 26, optInSignalPeriod: 9 });
const over = (name: string) => taLibColumn(taLibFunction(name, { optInTimePeriod: 14 }));

export const TREND_LIBRARIES: LibraryColumns = {
  macd: taLibColumn(MACD, 'outMACD'),
  macd_signal: taLibColumn(MACD, 'outMACDSignal'),
  macd_hist: taLibColumn(MACD, 'outMACDHist'),
  adx: over('ADX'),
  adxr: over('ADXR'),
  dx: over('DX'),
  plus_di: over('PLUS_DI'),
  minus_di: over('MINUS_DI'),
};
