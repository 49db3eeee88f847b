/**
 * The rank of a number among the N before it: the share of them below it, and half of those equal to it.
 *
 * They are kept in a list ordered by size and linked both ways, next to the order in which they came. A newcomer's place is
 * looked for from the place of the number before it, whose rank is known: the steps there are the numbers in between, few
 * where each is near the last, as prices are, and N at most. The oldest is unlinked without being looked for, its slot
 * being next in the ring.
 *
 * Slot 0 is both ends of the list, so that cells of zeros are the empty list.
 */
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';

const COUNT = 0;
const NEWEST = 1;
/** How many stand before the newest in the list. */
const BEFORE_NEWEST = 2;
/** The newcomer, and its rank. */
const VALUE = 3;
const RANK = 4;
/** The numbers by slot, then which slot follows each in the list, then which precedes it. */
const SLOTS = 5;

export class WindowRank implements StreamingPart {
  readonly cells: Cells;
  readonly #next: number;
  readonly #previous: number;

  /** Numbers that differ by no more than `hair`, a share of the newcomer, are equal: some differ by their rounding alone. */
  constructor(
    readonly period: number,
    readonly hair = 0,
  ) {
    this.#next = SLOTS + period + 1;
    this.#previous = this.#next + period + 1;
    this.cells = cells(this.#previous + period + 1);
  }

  /** The number that `advance` takes in; by accessors, as in `window-range.ts`. */
  set value(value: number) {
    this.cells[VALUE] = value;
  }

  /** Of the newest among the `period` before it, 0..1; NaN until there are so many. */
  get rank(): number {
    return this.cells[RANK];
  }

  advance(): void {
    const state = this.cells;
    const next = this.#next;
    const previous = this.#previous;
    const value = state[VALUE];
    // Integers to the engine too, which else would turn every place below from a double.
    let below = state[BEFORE_NEWEST] | 0;
    let place = state[NEWEST] | 0;
    if (place !== 0 && (state[SLOTS + place] as number) < value) {
      do {
        place = (state[next + place] as number) | 0;
        below += 1;
      } while (place !== 0 && (state[SLOTS + place] as number) < value);
    } else {
      let lower = (state[previous + place] as number) | 0;
      while (lower !== 0 && (state[SLOTS + lower] as number) >= value) {
        place = lower;
        below -= 1;
        lower = (state[previous + place] as number) | 0;
      }
    }
    const full = state[COUNT] === this.period;
    state[RANK] = full ? (below + (this.#equalAbove(place) - this.#equalBelow(place)) / 2) / this.period : Number.NaN;
    this.#insert(place, below, full);
  }

  /** Equals that are not smaller: from their place on. */
  #equalAbove(first: number): number {
    const state = this.cells;
    const most = state[VALUE] + Math.abs(state[VALUE]) * this.hair;
    let count = 0;
    let place = first;
    while (place !== 0 && (state[SLOTS + place] as number) <= most) {
      count += 1;
      place = (state[this.#next + place] as number) | 0;
    }
    return count;
  }

  /** Those among the smaller that are equal but for a hair. */
  #equalBelow(first: number): number {
    if (this.hair === 0) return 0;
    const state = this.cells;
    const least = state[VALUE] - Math.abs(state[VALUE]) * this.hair;
    let count = 0;
    let place = (state[this.#previous + first] as number) | 0;
    while (place !== 0 && (state[SLOTS + place] as number) >= least) {
      count += 1;
      place = (state[this.#previous + place] as number) | 0;
    }
    return count;
  }

  /** Puts the number into the list before `place`, into the slot of the oldest if all are taken. */
  #insert(place: number, below: number, full: boolean): void {
    const state = this.cells;
    const value = state[VALUE];
    const next = this.#next;
    const previous = this.#previous;
    const newest = state[NEWEST] | 0;
    const slot = newest === this.period ? 1 : newest + 1;
    let follower = place;
    let before = below;
    if (full) {
      const left = (state[previous + slot] as number) | 0;
      const right = (state[next + slot] as number) | 0;
      state[next + left] = right;
      state[previous + right] = left;
      if (follower === slot) follower = right;
      else if ((state[SLOTS + slot] as number) < value) before -= 1;
    } else state[COUNT] += 1;
    const leader = (state[previous + follower] as number) | 0;
    state[SLOTS + slot] = value;
    state[next + leader] = slot;
    state[previous + slot] = leader;
    state[next + slot] = follower;
    state[previous + follower] = slot;
    state[NEWEST] = slot;
    state[BEFORE_NEWEST] = before;
  }
}
