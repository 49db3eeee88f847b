import { instrumentOf } from '../instrument.js';

/** The smallest price step of a symbol, in which MetaTrader counts spreads; five decimals where the symbol is unknown. */
export function pointOf(symbol: string): number {
  return 10 ** -(instrumentOf(symbol)?.digits ?? 5);
}
