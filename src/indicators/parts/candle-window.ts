/**
 * The last four candles with what candle patterns measure of them, worked out once per candle and read by every pattern:
 * bodies, shadows, and what counts as long, short and near at that candle, by the candles before it.
 *
 * Each mean is summed afresh from its own five or ten candles, oldest first. So nothing is left of a candle that has gone,
 * and where prices lie on a grid and a comparison is a tie, its outcome depends on those candles alone, not on when the
 * stream began.
 */
import type { CandleInput } from '../indicator.js';
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

/** Candles that bodies and ranges are judged by, and the newest of them, by which distances are. */
const JUDGED_BY = 10;
const DISTANCES_BY = 5;

const OPEN = 0;
const HIGH = 1;
const LOW = 2;
const CLOSE = 3;
const TOP = 4;
const BOTTOM = 5;
const BODY = 6;
const MEAN_BODY = 7;
const SLIGHT = 8;
const NEAR = 9;
const FAR = 10;
const CANDLE = 11;

/** One of the window's candles. */
export class MeasuredCandle {
  readonly #cells: Cells;

  constructor(cells: Cells) {
    this.#cells = cells;
  }

  get open(): number {
    return this.#cells[OPEN];
  }
  get high(): number {
    return this.#cells[HIGH];
  }
  get low(): number {
    return this.#cells[LOW];
  }
  get close(): number {
    return this.#cells[CLOSE];
  }
  /** The upper end of the body, and the lower. */
  get top(): number {
    return this.#cells[TOP];
  }
  get bottom(): number {
    return this.#cells[BOTTOM];
  }
  get body(): number {
    return this.#cells[BODY];
  }
  get upperShadow(): number {
    return this.#cells[HIGH] - this.#cells[TOP];
  }
  get lowerShadow(): number {
    return this.#cells[BOTTOM] - this.#cells[LOW];
  }
  /** A candle that closes where it opened is white. */
  get white(): boolean {
    return this.#cells[CLOSE] >= this.#cells[OPEN];
  }
  /** Whether the body is over, or under, the mean of the ten bodies before it; it may be neither. */
  get long(): boolean {
    return this.#cells[BODY] > this.#cells[MEAN_BODY];
  }
  get short(): boolean {
    return this.#cells[BODY] < this.#cells[MEAN_BODY];
  }
  /** A tenth of the mean range of the ten candles before it: a smaller shadow is as none. */
  get slight(): number {
    return this.#cells[SLIGHT];
  }
  /** A fifth, and three fifths, of the mean range of the five candles before it. */
  get near(): number {
    return this.#cells[NEAR];
  }
  get far(): number {
    return this.#cells[FAR];
  }

  /** Whether the whole body is above, or below, the other's body. */
  gapsAbove(other: MeasuredCandle): boolean {
    return this.#cells[BOTTOM] > other.#cells[TOP];
  }
  gapsBelow(other: MeasuredCandle): boolean {
    return this.#cells[TOP] < other.#cells[BOTTOM];
  }
}

const KEPT = 4;
/** Candles seen, and the place in the rings where the next one's body and range go. */
const COUNT = KEPT * CANDLE;
const PLACE = COUNT + 1;
/** Rings of bodies and of ranges. Each number stands in its ring twice, a turn apart, so that a window never wraps. */
const BODIES = PLACE + 1;
const RANGES = BODIES + 2 * JUDGED_BY;
const LENGTH = RANGES + 2 * JUDGED_BY;

export class CandleWindow implements StreamingPart {
  readonly cells = cells(LENGTH);
  readonly now = this.#candle(0);
  /** The candle before the present one, and those two and three before it. */
  readonly last = this.#candle(1);
  readonly second = this.#candle(2);
  readonly third = this.#candle(3);

  /** How many candles have come. */
  get count(): number {
    return this.cells[COUNT] as number;
  }

  update(candle: CandleInput): void {
    const state = this.cells;
    const { open, high, low, close } = candle;
    for (let at = COUNT - 1; at >= CANDLE; at--) state[at] = state[at - CANDLE] as number;
    state[OPEN] = open;
    state[HIGH] = high;
    state[LOW] = low;
    state[CLOSE] = close;
    state[TOP] = Math.max(open, close);
    state[BOTTOM] = Math.min(open, close);
    state[BODY] = state[TOP] - state[BOTTOM];
    this.#judge();
    this.#push(state[BODY], high - low);
    state[COUNT] = (state[COUNT] as number) + 1;
  }

  /** Means over the candles before the present one. Mean first, then factor: the other way round rounds otherwise. */
  #judge(): void {
    const state = this.cells;
    // An integer to the engine too, which else would turn every place below from a double.
    const first = (state[PLACE] as number) | 0;
    let bodies = 0;
    let ranges = 0;
    let newest = 0;
    for (let at = first; at < first + JUDGED_BY; at++) {
      bodies += state[BODIES + at] as number;
      ranges += state[RANGES + at] as number;
    }
    for (let at = first + JUDGED_BY - DISTANCES_BY; at < first + JUDGED_BY; at++) newest += state[RANGES + at] as number;
    state[MEAN_BODY] = bodies / JUDGED_BY;
    state[SLIGHT] = 0.1 * (ranges / JUDGED_BY);
    state[NEAR] = 0.2 * (newest / DISTANCES_BY);
    state[FAR] = 0.6 * (newest / DISTANCES_BY);
  }

  #push(body: number, range: number): void {
    const state = this.cells;
    const place = (state[PLACE] as number) | 0;
    state[BODIES + place] = body;
    state[BODIES + place + JUDGED_BY] = body;
    state[RANGES + place] = range;
    state[RANGES + place + JUDGED_BY] = range;
    state[PLACE] = place + 1 === JUDGED_BY ? 0 : place + 1;
  }

  #candle(age: number): MeasuredCandle {
    return new MeasuredCandle(this.cells.subarray(age * CANDLE, (age + 1) * CANDLE) as Cells);
  }
}
