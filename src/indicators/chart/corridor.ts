import type { SwingChain } from '../parts/swing-chain.js';
import { cells } from '../streaming-indicator.js';

/** The lines' heights over the newest swing's price, at its candle, and their rise per candle. */
export const UPPER = 0;
export const UPPER_SLOPE = 1;
export const LOWER = 2;
export const LOWER_SLOPE = 3;
export const LINES = 4;

/** How far the swing that fits worst lies from its line. */
export const WORST = 4;
/** Candles from the first swing to the newest, and of the shortest and the longest leg from swing to swing. */
export const LENGTH = 5;
export const SHORTEST = 6;
export const LONGEST = 7;
/** How far the lines are apart at the first swing, and at the newest. */
export const WIDTH_FIRST = 8;
export const WIDTH_LAST = 9;
const LEVEL_WITHIN = 10;

/**
 * Two lines, each by least squares, through the highs and through the lows of the newest swings. What it finds is read from its
 * cells: a getter's answer would be boxed wherever a call is too rare to be inlined.
 */
export class Corridor {
  readonly cells = cells(16);
  readonly lines = this.cells.subarray(0, LINES);

  /** Fits the newest `touches` swings. A line is level where all its swings lie within so many ranges of their mean. */
  fit(swings: SwingChain, touches: number, ranges: number): void {
    const state = this.cells;
    const high = swings.kind > 0 ? 0 : 1;
    state[LEVEL_WITHIN] = ranges * swings.range;
    state[WORST] = 0;
    this.#legs(swings, touches);
    this.#line(swings, high, touches, UPPER);
    this.#line(swings, 1 - high, touches, LOWER);
    state[WIDTH_LAST] = state[UPPER] - state[LOWER];
    state[WIDTH_FIRST] = state[WIDTH_LAST] - (state[UPPER_SLOPE] - state[LOWER_SLOPE]) * state[LENGTH];
  }

  #legs({ candles }: SwingChain, touches: number): void {
    const state = this.cells;
    state[LENGTH] = (candles[0] as number) - (candles[touches - 1] as number);
    state[SHORTEST] = state[LENGTH];
    state[LONGEST] = 0;
    for (let back = 1; back < touches; back++) {
      const leg = (candles[back - 1] as number) - (candles[back] as number);
      if (leg < state[SHORTEST]) state[SHORTEST] = leg;
      if (leg > state[LONGEST]) state[LONGEST] = leg;
    }
  }

  #line({ candles, prices }: SwingChain, from: number, touches: number, place: number): void {
    const state = this.cells;
    const origin = candles[0] as number;
    const level = prices[0] as number;
    let count = 0;
    let times = 0;
    let heights = 0;
    for (let back = from; back < touches; back += 2) {
      count += 1;
      times += (candles[back] as number) - origin;
      heights += (prices[back] as number) - level;
    }
    const time = times / count;
    const height = heights / count;
    let spread = 0;
    let across = 0;
    let along = 0;
    for (let back = from; back < touches; back += 2) {
      const distance = (candles[back] as number) - origin - time;
      const deviation = (prices[back] as number) - level - height;
      along += distance * distance;
      across += distance * deviation;
      spread = Math.max(spread, Math.abs(deviation));
    }
    const slope = spread <= state[LEVEL_WITHIN] ? 0 : across / along;
    const offset = height - slope * time;
    for (let back = from; back < touches; back += 2) {
      const line = offset + slope * ((candles[back] as number) - origin);
      const apart = Math.abs((prices[back] as number) - level - line);
      if (apart > state[WORST]) state[WORST] = apart;
    }
    state[place] = offset;
    state[place + 1] = slope;
  }
}
