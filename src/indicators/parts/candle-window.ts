/**
 * The last four candles with what candle patterns measure of them, worked out once per candle and read by every pattern:
 * bodies, shadows, and what counts as long, short and near at that candle, by the candles before it.
 *
 * Each mean is summed afresh from its own five or ten candles, oldest first. So nothing is left of a candle that has gone,
 * and where prices lie on a grid and a comparison is a tie, its outcome depends on those candles alone, not on when the
 * stream began.
 */
import type { CandleInput } from '../indicator.js';
import { CANDLE_SIGNS, signBit } from './candle-signs.js';
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
const SLIGHT = 7;
const NEAR = 8;
const FAR = 9;
const CANDLE = 10;

const SIGNS_A_CANDLE = CANDLE_SIGNS.length;
const WHITE = signBit('white');
const LONG = signBit('long');
const SHORT = signBit('short');
const SLIGHT_BODY = signBit('slight');
const BARE_ABOVE = signBit('bare above');
const BARE_BELOW = signBit('bare below');
const TAIL_ABOVE = signBit('tail above');
const TAIL_BELOW = signBit('tail below');
const TURNED = signBit('turned');
const ENGULFING = signBit('engulfing');

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
/** The signs of the last three candles, the present one's in the lowest bits. */
const SIGNS = PLACE + 1;
/** Of the ten bodies before the present one. */
const MEAN_BODY = SIGNS + 1;
/** Rings of bodies and of ranges. Each number stands in its ring twice, a turn apart, so that a window never wraps. */
const BODIES = MEAN_BODY + 1;
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

  /** As `signMask` masks them. */
  get signs(): number {
    return (this.cells[SIGNS] as number) | 0;
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
    this.#sign();
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

  /** A sign is a product, not a choice: nobody could predict so many. */
  #sign(): void {
    const state = this.cells;
    const top = state[TOP];
    const bottom = state[BOTTOM];
    const body = state[BODY];
    const meanBody = state[MEAN_BODY] as number;
    const slight = state[SLIGHT];
    const above = state[HIGH] - top;
    const below = bottom - state[LOW];
    const white = state[CLOSE] >= state[OPEN];
    const whiteBefore = (state[CANDLE + CLOSE] as number) >= (state[CANDLE + OPEN] as number);
    const signs =
      (Number(white) * WHITE) |
      (Number(body > meanBody) * LONG) |
      (Number(body < meanBody) * SHORT) |
      (Number(body <= slight) * SLIGHT_BODY) |
      (Number(above < slight) * BARE_ABOVE) |
      (Number(below < slight) * BARE_BELOW) |
      (Number(above > body) * TAIL_ABOVE) |
      (Number(below > body) * TAIL_BELOW) |
      (Number(white !== whiteBefore) * TURNED) |
      (Number(top >= (state[CANDLE + TOP] as number)) * Number(bottom <= (state[CANDLE + BOTTOM] as number)) * ENGULFING);
    state[SIGNS] = ((state[SIGNS] as number) << SIGNS_A_CANDLE) | signs;
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
