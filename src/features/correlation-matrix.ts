import type { Timeframe } from '../market/timeframe.js';
import { assert } from '../runtime/assert.js';
import { PairCorrelation } from './correlation.js';
import { RecentCloses } from './recent-closes.js';

/** Minutes say more of the order in which quotes arrive than of the symbols. */
export type CorrelationTimeframe = Exclude<Timeframe, 'M1'>;

/** How two symbols went together up to a candle that both have: a row of `correlation_matrices`. */
export interface CorrelationRow {
  /** Start of the candle, UTC milliseconds. */
  readonly time: number;
  readonly a: string;
  readonly b: string;
  readonly timeframe: CorrelationTimeframe;
  readonly window: number;
  /** Where the correlation is strongest, −30..30; positive: `a` leads. */
  readonly lag: number;
  /** At that lag. */
  readonly correlation: number;
  /** 1 − deviation of the correlation without lag over the last 100; NaN until there are so many. */
  readonly persistence: number;
  /** The correlation at each lag from −30 to 30. */
  readonly vector: Float64Array;
}

export type CorrelationSink = (row: CorrelationRow) => void;

/** A matrix's state. Symbols come with it: a state made for others is refused rather than misread. */
export interface CorrelationMatrixState {
  readonly symbols: readonly string[];
  readonly timeframe: CorrelationTimeframe;
  readonly closes: readonly Float64Array[];
  readonly pairs: readonly Float64Array[];
}

/**
 * The correlations of each symbol with each other on one timeframe. A pair takes a candle when the later of its two has come,
 * so a row is the same whichever closes first, and reads nothing that starts after it. A candle waits for the other symbol's as long as
 * `RecentCloses` keeps it.
 */
export class CorrelationMatrix {
  readonly symbols: readonly string[];
  readonly #closes: readonly RecentCloses[];
  /** Per second symbol, its pairs with those before it. */
  readonly #pairs: readonly (readonly PairCorrelation[])[];

  constructor(
    symbols: readonly string[],
    readonly timeframe: CorrelationTimeframe,
  ) {
    assert(new Set(symbols).size === symbols.length, 'a symbol stands in a matrix once');
    this.symbols = [...symbols];
    this.#closes = symbols.map(() => new RecentCloses());
    this.#pairs = symbols.map((_, second) => Array.from({ length: second }, () => new PairCorrelation()));
  }

  /**
   * Takes a closed candle, and gives the rows of the pairs for which the other's is there. A candle that does not start after
   * the symbol's newest, or is of a symbol not in the matrix, is refused.
   */
  post(symbol: string, time: number, close: number, sink: CorrelationSink): boolean {
    const place = this.symbols.indexOf(symbol);
    if (place < 0 || !this.#closes[place]?.add(time, close)) return false;
    for (let other = 0; other < this.symbols.length; other++) {
      if (other === place) continue;
      const otherClose = (this.#closes[other] as RecentCloses).at(time);
      if (Number.isNaN(otherClose)) continue;
      if (place < other) this.#correlate(place, other, time, close, otherClose, sink);
      else this.#correlate(other, place, time, otherClose, close, sink);
    }
    return true;
  }

  snapshot(): CorrelationMatrixState {
    return {
      symbols: this.symbols,
      timeframe: this.timeframe,
      closes: this.#closes.map(({ cells }) => cells.slice()),
      pairs: this.#pairs.flat().map((pair) => pair.snapshot()),
    };
  }

  restore(state: CorrelationMatrixState): void {
    const pairs = this.#pairs.flat();
    const same = state.timeframe === this.timeframe && state.symbols.join() === this.symbols.join();
    assert(same && state.pairs.length === pairs.length, 'the state was made by a matrix of other symbols');
    for (const [place, closes] of this.#closes.entries()) closes.cells.set(state.closes[place] as Float64Array);
    for (const [place, pair] of pairs.entries()) pair.restore(state.pairs[place] as Float64Array);
  }

  #correlate(a: number, b: number, time: number, closeA: number, closeB: number, sink: CorrelationSink): void {
    const pair = (this.#pairs[b] as readonly PairCorrelation[])[a] as PairCorrelation;
    pair.update(closeA, closeB);
    const names = { a: this.symbols[a] as string, b: this.symbols[b] as string, timeframe: this.timeframe };
    for (const { period, ready, lag, vector, persistence } of pair.windows) {
      if (!ready) continue;
      const correlation = vector[(vector.length >> 1) + lag] as number;
      sink({ time, ...names, window: period, lag, correlation, persistence, vector: vector.slice() });
    }
  }
}
