import { instrumentOf } from './instrument.js';

/** Symbols that behave alike. A name is stored with each pattern, so it is never renamed. */
export const SYMBOL_CLASSES = ['major', 'cross', 'metal', 'exotic'] as const;
export type SymbolClass = (typeof SYMBOL_CLASSES)[number];

const METALS: ReadonlySet<string> = new Set(['XAU', 'XAG', 'XPT', 'XPD']);
const LIQUID: ReadonlySet<string> = new Set(['EUR', 'GBP', 'AUD', 'NZD', 'USD', 'CAD', 'CHF', 'JPY']);

/** Pairs of the dollar with another of the eight are majors, those without it crosses; what is left is exotic. */
export function symbolClassOf(symbol: string): SymbolClass {
  const { base, quote } = instrumentOf(symbol) ?? { base: symbol.slice(0, 3), quote: symbol.slice(3) };
  if (METALS.has(base)) return 'metal';
  if (!LIQUID.has(base) || !LIQUID.has(quote)) return 'exotic';
  return base === 'USD' || quote === 'USD' ? 'major' : 'cross';
}
