/**
 * The margin that MT5 asks for a position, by its own formulas. What a broker multiplies them with (a margin rate of a symbol,
 * a share for hedged volume) is not told to an EA over the protocol, so the terminal asks OrderCheck before it executes; ways
 * to compute it that need more than SYMBOLS tells are refused, not guessed.
 */
import type { Calculation, SymbolSpec } from './risk-check.js';

type Priced = Pick<SymbolSpec, 'calculation' | 'contractSize'>;

const FORMULAS: Readonly<
  Partial<Record<Calculation, (lots: number, contract: number, price: number, leverage: number) => number>>
> = {
  FOREX: (lots, contract, _, leverage) => (lots * contract) / leverage,
  FOREX_NO_LEVERAGE: (lots, contract) => lots * contract,
  CFD: (lots, contract, price) => lots * contract * price,
  CFD_LEVERAGE: (lots, contract, price, leverage) => (lots * contract * price) / leverage,
  EXCH_STOCKS: (lots, contract, price) => lots * contract * price,
};

/** In the margin currency; undefined where it cannot be told. */
export function marginOf(symbol: Priced, lots: number, price: number, leverage: number): number | undefined {
  const formula = FORMULAS[symbol.calculation];
  if (formula === undefined || !(leverage > 0)) return undefined;
  return formula(lots, symbol.contractSize, price, leverage);
}
