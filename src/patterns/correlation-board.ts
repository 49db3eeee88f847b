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

  correlated(row: CorrelationRow): void {
    if (row.timeframe !== BOARD_TIMEFRAME) return;
    const pair = `${row.a}/${row.b}`;
    const windows = this.#rows.get(pair) ?? new Map<number, CorrelationRow>();
    this.#rows.set(pair, windows.set(row.window, row));
  }

  vector({ candle: { symbol, timeframe }, values }: CatalogueVector): void {
    if (timeframe !== BOARD_TIMEFRAME) return;
    const regime = REGIMES[values[placeOf('regime')] as number];
    if (regime === undefined) this.#regimes.delete(symbol);
    else this.#regimes.set(symbol, regime);
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
