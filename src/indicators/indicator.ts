/** What an indicator reads of a candle. */
export interface CandleInput {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

/** Everything an indicator must keep to go on after a restart, as plain numbers in a fixed order of its own. */
export type IndicatorState = readonly number[];

/**
 * A streaming indicator: one or more columns of the feature catalogue, each O(1) per candle. `update` allocates nothing
 * once warm; `values` holds NaN until the column is ready, and is ready exactly from the `warmup`-th candle on.
 */
export interface Indicator {
  /** Column names, in the catalogue's order. */
  readonly columns: readonly string[];
  /** Per column: the number of candles after which it first has a value. */
  readonly warmup: readonly number[];
  /** Per column: its present value, NaN while not ready. Overwritten in place by `update`. */
  readonly values: Float64Array;
  update(candle: CandleInput): void;
  reset(): void;
  snapshot(): IndicatorState;
  restore(state: IndicatorState): void;
}
