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

/** The ends of the body stand side by side, so that the upper one is found by its place, without a branch. */
const OPEN = 0;
const CLOSE = 1;
const HIGH = 2;
const LOW = 3;
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
const BARE_ABOVE = signBit('bare above');
const BARE_BELOW = signBit('bare below');
const TURNED = signBit('turned');
const SHORT = signBit('short');
const SLIGHT_BODY = signBit('slight');
const BARE_OPENING = signBit('bare opening');
const TAIL_ABOVE = signBit('tail above');
const TAIL_BELOW = signBit('tail below');
const ENGULFING = signBit('engulfing');
const ENGULFED = signBit('engulfed');
const GAPPING = signBit('gapping');

/** One of the window's candles. */
export class MeasuredCandle {
  constructor(readonly cells: Cells) {}

  get open(): number {
    return this.cells[OPEN];
  }
  get high(): number {
    return this.cells[HIGH];
  }
  get low(): number {
    return this.cells[LOW];
  }
  get close(): number {
    return this.cells[CLOSE];
  }
  /** The upper end of the body, and the lower. */
  get top(): number {
    return this.cells[TOP];
  }
  get bottom(): number {
    return this.cells[BOTTOM];
  }
  get body(): number {
    return this.cells[BODY];
  }
  get upperShadow(): number {
    return this.cells[HIGH] - this.cells[TOP];
  }
  get lowerShadow(): number {
    return this.cells[BOTTOM] - this.cells[LOW];
  }
  /** A candle that closes where it opened is white. */
  get white(): boolean {
    return this.cells[CLOSE] >= this.cells[OPEN];
  }
  /** A tenth of the mean range of the ten candles before it: a smaller shadow is as none. */
  get slight(): number {
    return this.cells[SLIGHT];
  }
  /** A fifth, and three fifths, of the mean range of the five candles before it. */
  get near(): number {
    return this.cells[NEAR];
  }
  get far(): number {
    return this.cells[FAR];
  }

  /** Whether the whole body is above, or below, the other's body. */
  gapsAbove(other: MeasuredCandle): boolean {
    return this.cells[BOTTOM] > other.cells[TOP];
  }
  gapsBelow(other: MeasuredCandle): boolean {
    return this.cells[TOP] < other.cells[BOTTOM];
  }
}

/** Candles kept: a power of two, for the sake of their places. */
const KEPT = 4;
/** Candles seen; which of the kept ones is the present one; the place in the rings where the next one's body and range go. */
const COUNT = KEPT * CANDLE;
const NOW = COUNT + 1;
const PLACE = NOW + 1;
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
  readonly #candles = Array.from({ length: KEPT }, (_, at) => {
    return new MeasuredCandle(this.cells.subarray(at * CANDLE, (at + 1) * CANDLE) as Cells);
  });

  get now(): MeasuredCandle {
    return this.#ago(0);
  }

  /** The candle before the present one, and those two and three before it. */
  get last(): MeasuredCandle {
    return this.#ago(1);
  }
  get second(): MeasuredCandle {
    return this.#ago(2);
  }
  get third(): MeasuredCandle {
    return this.#ago(3);
  }

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
    state[NOW] = ((state[NOW] as number) + 1) & (KEPT - 1);
    state[COUNT] = (state[COUNT] as number) + 1;
    const now = this.now.cells;
    const white = Number(close >= open);
    now[OPEN] = open;
    now[CLOSE] = close;
    now[HIGH] = high;
    now[LOW] = low;
    now[TOP] = now[OPEN + white] as number;
    now[BOTTOM] = now[CLOSE - white] as number;
    now[BODY] = Math.abs(close - open);
    this.#judge();
    this.#sign();
    this.#push();
  }

  #ago(age: number): MeasuredCandle {
    return this.#candles[((this.cells[NOW] as number) - age) & (KEPT - 1)] as MeasuredCandle;
  }

  /** Means over the candles before the present one. Mean first, then factor: the other way round rounds otherwise. */
  #judge(): void {
    const state = this.cells;
    const now = this.now.cells;
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
    now[SLIGHT] = 0.1 * (ranges / JUDGED_BY);
    now[NEAR] = 0.2 * (newest / DISTANCES_BY);
    now[FAR] = 0.6 * (newest / DISTANCES_BY);
  }

  /** A sign is a product, not a choice: nobody could predict so many. */
  #sign(): void {
    const state = this.cells;
    const now = this.now.cells;
    const last = this.last.cells;
    const top = now[TOP];
    const bottom = now[BOTTOM];
    const body = now[BODY];
    const meanBody = state[MEAN_BODY] as number;
    const slight = now[SLIGHT];
    const above = now[HIGH] - top;
    const below = bottom - now[LOW];
    const white = Number(now[CLOSE] >= now[OPEN]);
    const whiteBefore = Number(last[CLOSE] >= last[OPEN]);
    const bareAbove = Number(above < slight);
    const bareBelow = Number(below < slight);
    const signs =
      (white * WHITE) |
      (Number(body > meanBody) * LONG) |
      (bareAbove * BARE_ABOVE) |
      (bareBelow * BARE_BELOW) |
      ((white ^ whiteBefore) * TURNED) |
      (Number(body < meanBody) * SHORT) |
      (Number(body <= slight) * SLIGHT_BODY) |
      (((white & bareBelow) | ((white ^ 1) & bareAbove)) * BARE_OPENING) |
      (Number(above > body) * TAIL_ABOVE) |
      (Number(below > body) * TAIL_BELOW) |
      ((Number(top >= last[TOP]) & Number(bottom <= last[BOTTOM])) * ENGULFING) |
      ((Number(top <= last[TOP]) & Number(bottom >= last[BOTTOM])) * ENGULFED) |
      ((Number(bottom > last[TOP]) | Number(top < last[BOTTOM])) * GAPPING);
    state[SIGNS] = ((state[SIGNS] as number) << SIGNS_A_CANDLE) | signs;
  }

  #push(): void {
    const state = this.cells;
    const now = this.now.cells;
    const body = now[BODY];
    const range = now[HIGH] - now[LOW];
    const place = (state[PLACE] as number) | 0;
    state[BODIES + place] = body;
    state[BODIES + place + JUDGED_BY] = body;
    state[RANGES + place] = range;
    state[RANGES + place + JUDGED_BY] = range;
    state[PLACE] = place + 1 === JUDGED_BY ? 0 : place + 1;
  }
}
