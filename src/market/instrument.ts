/** A tradable symbol under its canonical name, as the engine and its tenants know it. */
export interface Instrument {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** Size of one pip in price units. */
  readonly pip: number;
  /** Decimal places that a broker usually quotes. */
  readonly digits: number;
  /** Units of the base in one lot. */
  readonly contractSize: number;
}

const STRENGTH = ['EUR', 'GBP', 'AUD', 'NZD', 'USD', 'CAD', 'CHF', 'JPY'] as const;

function currencyPair(base: string, quote: string): Instrument {
  const yen = quote === 'JPY';
  return { symbol: base + quote, base, quote, pip: yen ? 0.01 : 0.0001, digits: yen ? 3 : 5, contractSize: 100_000 };
}

/** The reference set: the 28 pairs of the eight majors, gold, and USDSEK (the dollar index needs it). */
export const INSTRUMENTS: readonly Instrument[] = [
  ...STRENGTH.flatMap((base, at) => STRENGTH.slice(at + 1).map((quote) => currencyPair(base, quote))),
  { symbol: 'XAUUSD', base: 'XAU', quote: 'USD', pip: 0.1, digits: 2, contractSize: 100 },
  currencyPair('USD', 'SEK'),
];

const BY_SYMBOL = new Map(INSTRUMENTS.map((instrument) => [instrument.symbol, instrument]));

export function instrumentOf(symbol: string): Instrument | undefined {
  return BY_SYMBOL.get(symbol);
}

/** `EUR/USD`, `EUR-USD`, `C:EURUSD`, `eurusd` → `EURUSD`; undefined where that is not six or more letters and digits. */
export function canonicalSymbol(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^[A-Z]+:/i, '')
    .replace(/[/\-_ ]/g, '')
    .toUpperCase();
  return /^[A-Z][A-Z0-9]{2,15}$/.test(bare) ? bare : undefined;
}
