import { type Cells, cells } from '../indicators/streaming-indicator.js';

/** How many candles one symbol may be ahead of another and be matched with it still. */
export const LATE_CANDLES = 64;

const COUNT = 0;
/** Then per place the start of a candle, and its close. */
const TIMES = 1;
const CLOSES = TIMES + LATE_CANDLES;

/** The newest closes of a symbol by the start of their candles, for those that come later. */
export class RecentCloses {
  readonly cells: Cells = cells(CLOSES + LATE_CANDLES);

  /** False, and nothing is kept, where the candle does not start after the newest. */
  add(time: number, close: number): boolean {
    const state = this.cells;
    const count = state[COUNT];
    if (count > 0 && time <= (state[TIMES + ((count - 1) % LATE_CANDLES)] as number)) return false;
    const place = count % LATE_CANDLES;
    state[TIMES + place] = time;
    state[CLOSES + place] = close;
    state[COUNT] += 1;
    return true;
  }

  /** The close of the candle that starts at `time`; NaN where it is not among those kept. */
  at(time: number): number {
    const state = this.cells;
    const count = state[COUNT];
    for (let back = 1; back <= LATE_CANDLES && back <= count; back++) {
      const place = (count - back) % LATE_CANDLES;
      const start = state[TIMES + place] as number;
      if (start === time) return state[CLOSES + place] as number;
      if (start < time) return Number.NaN;
    }
    return Number.NaN;
  }
}
