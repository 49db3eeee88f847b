import { taLibFunction } from './libraries.js';
import { type LibraryColumns, taLibColumn } from './library-column.js';

const rsi = (optInTimePeriod: number) => taLibColumn(taLibFunction('RSI', { optInTimePeriod }));

export const MOMENTUM_LIBRARIES: LibraryColumns = { rsi_7: rsi(7), rsi_14: rsi(14), rsi_21: rsi(21) };
