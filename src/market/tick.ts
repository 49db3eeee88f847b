/** One quote of the reference feed. Times are UTC milliseconds. */
export interface Tick {
  readonly symbol: string;
  readonly timeMs: number;
  readonly bid: number;
  readonly ask: number;
}

/** Ticks of one symbol in time order, in columns: what travels between actors. */
export interface TickBatch {
  readonly symbol: string;
  readonly count: number;
  readonly timesMs: Float64Array;
  readonly bids: Float64Array;
  readonly asks: Float64Array;
}
