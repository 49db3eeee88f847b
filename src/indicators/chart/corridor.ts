import type { SwingChain } from '../parts/swing-chain.js';
import { cells } from '../streaming-indicator.js';

const UPPER = 0;
const UPPER_SLOPE = 1;
const LOWER = 2;
const LOWER_SLOPE = 3;
const WORST = 4;
const LENGTH = 5;
const SHORTEST = 6;
const LONGEST = 7;
const TOLERANCE = 8;

/** Two lines, each by least squares: one through the highs and one through the lows of the newest swings, relative to the newest. */
export class Corridor {
  readonly cells = cells(16);

  /** The upper line's height over the newest swing's price, at its candle, and its rise per candle. */
  get upper(): number {
    return this.cells[UPPER];
  }
  get upperSlope(): number {
    return this.cells[UPPER_SLOPE];
  }
  get lower(): number {
    return this.cells[LOWER];
  }
  get lowerSlope(): number {
    return this.cells[LOWER_SLOPE];
  }
  /** The rise of each line from the first swing to the newest. */
  get upperRise(): number {
    return this.cells[UPPER_SLOPE] * this.cells[LENGTH];
  }
  get lowerRise(): number {
    return this.cells[LOWER_SLOPE] * this.cells[LENGTH];
  }
  /** Candles from the first swing to the newest. */
  get length(): number {
    return this.cells[LENGTH];
  }
  /** Candles of the shortest leg from swing to swing, and of the longest. */
  get shortest(): number {
    return this.cells[SHORTEST];
  }
  get longest(): number {
    return this.cells[LONGEST];
  }
  /** How far the swing that fits worst lies from its line. */
  get worst(): number {
    return this.cells[WORST];
  }
  /** The distance of the two lines at the newest swing, and at the first. */
  get widthLast(): number {
    return this.upper - this.lower;
  }
  get widthFirst(): number {
    return this.widthLast - (this.upperRise - this.lowerRise);
  }

  /** Fits the newest `touches` swings. A line is level where all its swings lie within so many ranges of their mean. */
  fit(swings: SwingChain, touches: number, ranges: number): void {
    const high = swings.kind > 0 ? 0 : 1;
    this.cells[TOLERANCE] = ranges * swings.range;
    this.cells[WORST] = 0;
    this.cells[LENGTH] = swings.at(0) - swings.at(touches - 1);
    this.#legs(swings, touches);
    this.#line(swings, high, touches, UPPER);
    this.#line(swings, 1 - high, touches, LOWER);
  }

  #legs(swings: SwingChain, touches: number): void {
    const state = this.cells;
    state[SHORTEST] = state[LENGTH];
    state[LONGEST] = 0;
    for (let back = 1; back < touches; back++) {
      const leg = swings.at(back - 1) - swings.at(back);
      if (leg < state[SHORTEST]) state[SHORTEST] = leg;
      if (leg > state[LONGEST]) state[LONGEST] = leg;
    }
  }

  #line(swings: SwingChain, from: number, touches: number, place: number): void {
    const state = this.cells;
    const origin = swings.at(0);
    const level = swings.price(0);
    let count = 0;
    let ages = 0;
    let prices = 0;
    for (let back = from; back < touches; back += 2) {
      count += 1;
      ages += swings.at(back) - origin;
      prices += swings.price(back) - level;
    }
    const middle = ages / count;
    const mean = prices / count;
    let spread = 0;
    let across = 0;
    let along = 0;
    for (let back = from; back < touches; back += 2) {
      const distance = swings.at(back) - origin - middle;
      const deviation = swings.price(back) - level - mean;
      along += distance * distance;
      across += distance * deviation;
      spread = Math.max(spread, Math.abs(deviation));
    }
    const slope = spread <= state[TOLERANCE] ? 0 : across / along;
    const offset = mean - slope * middle;
    for (let back = from; back < touches; back += 2) {
      const line = offset + slope * (swings.at(back) - origin);
      const apart = Math.abs(swings.price(back) - level - line);
      if (apart > state[WORST]) state[WORST] = apart;
    }
    state[place] = offset;
    state[place + 1] = slope;
  }
}
