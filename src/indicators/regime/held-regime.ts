import { cells, type StreamingPart } from '../streaming-indicator.js';

/** Candles in a row that must say the same before the regime changes. */
export const REGIME_CHANGE_CANDLES = 3;

/** The present regime's code plus one; 0 before the first. */
const HELD = 0;
/** What the newest candle was classified as, and how many in a row were. */
const NEWEST = 1;
const RUN = 2;

/** The regime that is held on to: the first candle's, and then another only when three candles in a row were classified as that. */
export class HeldRegime implements StreamingPart {
  readonly cells = cells(3);

  /** The present regime, after a candle classified as `code`. */
  update(code: number): number {
    const state = this.cells;
    if (state[HELD] === 0) state[HELD] = code + 1;
    state[RUN] = code === state[NEWEST] && state[RUN] > 0 ? state[RUN] + 1 : 1;
    state[NEWEST] = code;
    if (state[RUN] >= REGIME_CHANGE_CANDLES) state[HELD] = code + 1;
    return state[HELD] - 1;
  }
}
