/**
 * The swings of a stream: highs and lows that take turns, as a chartist marks them. A swing is a candle whose high (low) is the
 * highest (lowest) of the `reach` candles before and after it, so it is known `reach` candles late, and which lies at least
 * `rise` ranges from the swing before. Another of the same kind replaces the newest swing where it goes further: the newest may
 * still move, the others stand. The first of equals counts; a candle that is both a high and a low is neither, as nobody knows
 * which of the two came first.
 */
import type { CandleInput } from '../indicator.js';
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';
import { WindowHighest, WindowLowest } from './window-extreme.js';

/** Candles seen. */
const COUNT = 0;
/** Swings kept. */
const LENGTH = 1;
/** 1 where the newest swing is a high, −1 where it is a low. */
const KIND = 2;
/** Where the newest swing was before it moved. */
const LEFT = 3;
/** Place in the rings of the last `reach` + 1 highs and lows. */
const TURN = 4;
/** SLOTS holds the swings' candles, newest first, then their prices, then the two rings. */
const SLOTS = 5;

/** What a candle did to the chain: nothing, a further swing, or the newest one moved. */
export type SwingChange = 'none' | 'new' | 'moved';

export class SwingChain implements StreamingPart {
  readonly cells: Cells;
  readonly highest: WindowHighest;
  readonly lowest: WindowLowest;
  readonly #highs: number;
  readonly #lows: number;

  constructor(
    readonly reach: number,
    readonly rise: number,
    readonly most: number,
  ) {
    this.highest = new WindowHighest(2 * reach + 1, 'oldest');
    this.lowest = new WindowLowest(2 * reach + 1, 'oldest');
    this.#highs = SLOTS + 2 * most;
    this.#lows = this.#highs + reach + 1;
    this.cells = cells(Math.max(16, this.#lows + reach + 1));
  }

  /** The number of the newest candle, from 1. */
  get count(): number {
    return this.cells[COUNT];
  }

  /** How many swings are kept. */
  get length(): number {
    return this.cells[LENGTH];
  }

  /** 1 where the newest swing is a high, −1 where it is a low, 0 before there is any. */
  get kind(): number {
    return this.cells[KIND];
  }

  /** The number of the candle at which the newest swing was before it moved. */
  get left(): number {
    return this.cells[LEFT];
  }

  /** The number of the candle of the swing `back` before the newest. */
  at(back: number): number {
    return this.cells[SLOTS + back] as number;
  }

  price(back: number): number {
    return this.cells[SLOTS + this.most + back] as number;
  }

  /** `range`: what is measured in, NaN while there is none. */
  update(candle: CandleInput, range: number): SwingChange {
    const state = this.cells;
    const { reach } = this;
    state[COUNT] += 1;
    const turn = state[TURN];
    const next = turn === reach ? 0 : turn + 1;
    state[this.#highs + turn] = candle.high;
    state[this.#lows + turn] = candle.low;
    state[TURN] = next;
    const full = !Number.isNaN(this.highest.update(candle.high));
    this.lowest.update(candle.low);
    if (!full || Number.isNaN(range)) return 'none';
    const high = this.highest.age === reach;
    const low = this.lowest.age === reach;
    if (high === low) return 'none';
    // The ring's next place holds its oldest, `reach` candles ago.
    const price = state[(high ? this.#highs : this.#lows) + next] as number;
    return this.#take(high ? 1 : -1, price, this.rise * range);
  }

  #take(kind: number, price: number, least: number): SwingChange {
    const state = this.cells;
    const { most } = this;
    const at = state[COUNT] - this.reach;
    if (kind === state[KIND]) {
      if (kind * (price - (state[SLOTS + most] as number)) <= 0) return 'none';
      state[LEFT] = state[SLOTS] as number;
      state[SLOTS] = at;
      state[SLOTS + most] = price;
      return 'moved';
    }
    if (state[LENGTH] > 0 && kind * (price - (state[SLOTS + most] as number)) < least) return 'none';
    state.copyWithin(SLOTS + 1, SLOTS, SLOTS + 2 * most - 1);
    state[SLOTS] = at;
    state[SLOTS + most] = price;
    state[KIND] = kind;
    if (state[LENGTH] < most) state[LENGTH] += 1;
    return 'new';
  }
}
