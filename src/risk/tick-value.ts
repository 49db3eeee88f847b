/** What a tick of a symbol should be worth by quotes, beside what its broker tells. Pure. */
import type { Calculation, SymbolSpec } from './risk-check.js';

/** Whose profit is (close − open) · contract size · lots, in the profit currency. */
const LINEAR: ReadonlySet<Calculation> = new Set([
  'FOREX',
  'FOREX_NO_LEVERAGE',
  'CFD',
  'CFD_INDEX',
  'CFD_LEVERAGE',
  'EXCH_STOCKS',
]);

/** Of one lot, in the account's currency; undefined where no formula or no quote tells. */
export function expectedTickValue(
  symbol: Pick<SymbolSpec, 'calculation' | 'tickSize' | 'contractSize' | 'profitCurrency'>,
  currency: string,
  rate: (from: string, to: string) => number | undefined,
): number | undefined {
  if (!LINEAR.has(symbol.calculation)) return undefined;
  const worth = rate(symbol.profitCurrency, currency);
  return worth === undefined ? undefined : symbol.tickSize * symbol.contractSize * worth;
}
