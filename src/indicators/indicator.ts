/** What an indicator reads of a candle. */
export interface CandleInput {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/**
 * Everything an indicator must keep to go on after a restart, in a fixed order of its own. Bits, not text: a state holds
 * NaN and −0, which JSON would lose.
 */
export type IndicatorState = Float64Array;

/**
 * A streaming indicator: one or more columns of the feature catalogue, O(1) amortised per candle. `update` allocates nothing
 * once warm; a column is ready exactly from the `warmup`-th candle of its definition on.
 */
export interface Indicator {
  /** Per column: its present value, NaN while not ready. Overwritten in place by `update`. */
  readonly values: Float64Array;
  /** From now on `values` is this array: several indicators show theirs side by side in one. */
  showIn(values: Float64Array): void;
  update(candle: CandleInput): void;
  reset(): void;
  snapshot(): IndicatorState;
  restore(state: IndicatorState): void;
}

export type Family =
  | 'averages'
  | 'trend'
  | 'momentum'
  | 'volatility'
  | 'volume'
  | 'price'
  | 'candles'
  | 'chart'
  | 'dollar'
  | 'regime';

/** Whose definition holds; `Suho` where neither library has the function, or where sources differ and one was fixed. */
export type Source = 'TA-Lib' | 'Tulip' | 'Suho';

/**
 * `price`: in the symbol's price; `percent`: 0..100, or percent of the price; `share`: 0..1, or a plain ratio; `sign`: −1, 0 or 1;
 * `pattern`: −100..100 as TA-Lib gives patterns; `code`: a number that stands for a name; `index`: a scale of its own.
 */
export type Unit =
  | 'price'
  | 'price²'
  | 'percent'
  | 'share'
  | 'sign'
  | 'degrees'
  | 'volume'
  | 'price·volume'
  | 'price²/volume'
  | 'pattern'
  | 'code'
  | 'index';

/** A number of candles, or `day`: the first candle after a whole UTC day (one with at least 12 hours of candles). */
export type Warmup = number | 'day';

/**
 * After how many candles of its own a cold start agrees, within the tolerance, with one that began long before. `day`: from the next
 * UTC day on; `turn`: when it has turned since its averages settled; `never`: it counts from its first candle.
 */
export type Settles = number | 'day' | 'turn' | 'never';

export interface Column {
  readonly name: string;
  readonly definition: string;
  /** The number of candles after which the column first has a value. */
  readonly warmup: Warmup;
  /** As its warm-up, where left out: the column is a window's. */
  readonly settles?: Settles;
  readonly unit: Unit;
}

/** The candles an indicator is made for, and what is known beside them. */
export interface CandleStream {
  readonly symbol: string;
  /** Length of a candle, milliseconds. */
  readonly spanMs: number;
  /** Close of another symbol's newest candle of this timeframe that starts before `time`; NaN where there is none. */
  closeBefore(symbol: string, time: number): number;
}

/** An entry of the catalogue: the columns one indicator makes, and how to make it. */
export interface IndicatorDefinition {
  readonly family: Family;
  readonly source: Source;
  /** Whether it depends on volume (a feed's quote count serves where there is none traded). */
  readonly volume: boolean;
  readonly columns: readonly Column[];
  create(stream: CandleStream): Indicator;
}
