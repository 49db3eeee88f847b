/**
 * The highest of the last N numbers and how long ago it came, the newest of equals. Built as `window-range.ts` is: of the
 * tails of the block before and the head of the present one, here with the place of each one's highest beside it. The lowest
 * is the highest of the numbers' opposites.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const FULL = 1;
/** The head's highest, and its place in the block. */
const HEAD = 2;
const HEAD_PLACE = 3;
const AGE = 4;
const SLOTS = 5;

abstract class WindowExtreme implements StreamingPart {
  /** SLOTS holds `period` numbers, turned to the highest of tails, then the places of these in their block. */
  readonly cells: Cells;

  constructor(readonly period: number) {
    this.cells = cells(SLOTS + 2 * period);
  }

  /** How many numbers came after the extreme. */
  get age(): number {
    return this.cells[AGE];
  }

  /** The highest of the last `period`, NaN until there are so many. */
  protected highest(value: number): number {
    const state = this.cells;
    const { period } = this;
    // An integer to the engine too, which else would work out places as doubles.
    const place = state[COUNT] | 0;
    const count = place + 1;
    state[SLOTS + place] = value;
    let highest = state[HEAD];
    if (place === 0 || value >= highest) {
      highest = value;
      state[HEAD] = value;
      state[HEAD_PLACE] = place;
    }
    let age = place - state[HEAD_PLACE];
    if (count === period) {
      state[AGE] = age;
      this.#turn();
      return highest;
    }
    state[COUNT] = count;
    if (state[FULL] === 0) return Number.NaN;
    const tail = state[SLOTS + count] as number;
    if (tail > highest) {
      highest = tail;
      age = place + period - (state[SLOTS + period + count] as number);
    }
    state[AGE] = age;
    return highest;
  }

  #turn(): void {
    const state = this.cells;
    const { period } = this;
    let highest = Number.NEGATIVE_INFINITY;
    let place = 0;
    for (let at = period - 1; at >= 0; at--) {
      const value = state[SLOTS + at] as number;
      if (value > highest) {
        highest = value;
        place = at;
      }
      state[SLOTS + at] = highest;
      state[SLOTS + period + at] = place;
    }
    state[COUNT] = 0;
    state[FULL] = 1;
  }
}

export class WindowHighest extends WindowExtreme {
  update(value: number): number {
    return this.highest(value);
  }
}

export class WindowLowest extends WindowExtreme {
  update(value: number): number {
    return -this.highest(-value);
  }
}
