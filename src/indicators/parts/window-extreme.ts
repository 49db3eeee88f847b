/**
 * The highest of the last N numbers and how long ago it came, in O(1) amortised time: a queue of those that may still become
 * the highest, falling from front to back. A newcomer throws out from the back all that it outdoes, and the front leaves when
 * the window has passed it. The lowest is the highest of the numbers' opposites.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

/** Numbers seen. */
const COUNT = 0;
/** Place of the front in the ring, and how many wait in it. */
const FRONT = 1;
const LENGTH = 2;
/** SLOTS holds `period` numbers, then at which count each came. */
const SLOTS = 3;

/** Which of equals is the extreme: the one that came first, or the one that came last. */
export type Ties = 'oldest' | 'newest';

abstract class WindowExtreme implements StreamingPart {
  readonly cells: Cells;

  constructor(
    readonly period: number,
    readonly ties: Ties = 'newest',
  ) {
    this.cells = cells(SLOTS + 2 * period);
  }

  /** How many numbers came after the extreme. */
  get age(): number {
    const state = this.cells;
    return state[COUNT] - (state[SLOTS + this.period + state[FRONT]] as number);
  }

  /** The highest of the last `period`, NaN until there are so many. */
  protected highest(value: number): number {
    const state = this.cells;
    const { period } = this;
    state[COUNT] += 1;
    let front = state[FRONT];
    let length = state[LENGTH];
    if (length > 0 && state[COUNT] - (state[SLOTS + period + front] as number) >= period) {
      front = front + 1 === period ? 0 : front + 1;
      length -= 1;
    }
    let back = front + length;
    if (back >= period) back -= period;
    while (length > 0) {
      const last = back === 0 ? period - 1 : back - 1;
      const waiting = state[SLOTS + last] as number;
      if (this.ties === 'newest' ? waiting > value : waiting >= value) break;
      back = last;
      length -= 1;
    }
    state[SLOTS + back] = value;
    state[SLOTS + period + back] = state[COUNT];
    state[FRONT] = front;
    state[LENGTH] = length + 1;
    return state[COUNT] < period ? Number.NaN : (state[SLOTS + front] as number);
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
