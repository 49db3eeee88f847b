/**
 * The newest correlations of each pair, in memory, for the job that stores them for tenants: those of `BOARD_TIMEFRAME`, over both windows.
 * After a restart the next close of that timeframe fills it again, since the matrix behind it goes on from the journal.
 */
import type { CorrelationRow } from '../features/correlation-matrix.js';
import type { CatalogueVector } from '../features/feature-stream.js';
import { placeOf } from '../indicators/registry.js';
import { REGIMES, type Regime } from '../indicators/regime/regimes.js';

/** What tenants decide by unless they choose another. */
export const BOARD_TIMEFRAME = 'M15';

export interface CorrelatedSymbol {
  readonly symbol: string;
  /** −1 … 1. */
  readonly correlation: number;
}

/** Place of the correlation without lag among those at each lag. */
const NO_LAG = 30;

export interface PairNow {
  readonly symbols: readonly [string, string];
  readonly short: CorrelationRow;
  readonly long: CorrelationRow;
  /** Where both symbols are in the same. */
  readonly regime: Regime | '';
}

export class CorrelationBoard {
  /** By pair, then by window. */
  readonly #rows = new Map<string, Map<number, CorrelationRow>>();
  readonly #regimes = new Map<string, Regime>();
  /** By symbol and least correlation, until a row is another: thousands of accounts ask the same. */
  readonly #with = new Map<string, readonly CorrelatedSymbol[]>();

  correlated(row: CorrelationRow): void {
    if (row.timeframe !== BOARD_TIMEFRAME) return;
    const pair = `${row.a}/${row.b}`;
    const windows = this.#rows.get(pair) ?? new Map<number, CorrelationRow>();
    this.#rows.set(pair, windows.set(row.window, row));
    this.#with.clear();
  }

  vector({ candle: { symbol, timeframe }, values }: CatalogueVector): void {
    if (timeframe !== BOARD_TIMEFRAME) return;
    const regime = REGIMES[values[placeOf('regime')] as number];
    if (regime === undefined) this.#regimes.delete(symbol);
    else this.#regimes.set(symbol, regime);
  }

  /** Symbols that go with this one, or against it, at least so strongly, over the longer window. */
  correlatedWith(symbol: string, least: number): readonly CorrelatedSymbol[] {
    const key = `${symbol}/${least}`;
    const known = this.#with.get(key);
    if (known !== undefined) return known;
    const found = this.#findWith(symbol, least);
    this.#with.set(key, found);
    return found;
  }

  #findWith(symbol: string, least: number): readonly CorrelatedSymbol[] {
    const found: CorrelatedSymbol[] = [];
    for (const windows of this.#rows.values()) {
      let longest: CorrelationRow | undefined;
      for (const row of windows.values()) if (longest === undefined || row.window > longest.window) longest = row;
      if (longest === undefined || (longest.a !== symbol && longest.b !== symbol)) continue;
      const correlation = longest.vector[NO_LAG] ?? Number.NaN;
      if (Math.abs(correlation) >= least) found.push({ symbol: longest.a === symbol ? longest.b : longest.a, correlation });
    }
    return found;
  }

  /** Pairs of these symbols that have been correlated over more than one window, in the order of their names. */
  pairs(symbols: readonly string[]): readonly PairNow[] {
    const wanted = new Set(symbols);
    const pairs = [...this.#rows.values()].flatMap((windows) => {
      const [short, long] = [...windows.values()].sort((one, other) => one.window - other.window);
      if (short === undefined || long === undefined || !wanted.has(short.a) || !wanted.has(short.b)) return [];
      const regime = this.#regimes.get(short.a);
      const shared = regime !== undefined && regime === this.#regimes.get(short.b) ? regime : '';
      return [{ symbols: [short.a, short.b] as const, short, long, regime: shared } satisfies PairNow];
    });
    return pairs.sort((one, other) => (one.symbols.join() < other.symbols.join() ? -1 : 1));
  }
}
