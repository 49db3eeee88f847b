/**
 * The swings of a stream: highs and lows that take turns, as a chartist marks them. A swing is a candle whose high (low) is the
 * highest (lowest) of the `reach` candles before and after it, so it is known `reach` candles late, and which lies at least
 * `rise` ranges from the swing before. Another of the same kind replaces the newest swing where it goes further: the newest may
 * still move, the others stand. The first of equals counts; a candle that is both a high and a low is neither, as nobody knows
 * which of the two came first.
 */
import type { CandleInput } from '../indicator.js';
import { type Cells, cells, type StreamingPart } from '../streaming-indicator.js';
import type { WilderRange } from './wilder-range.js';

/** Candles seen. */
const COUNT = 0;
/** Swings kept. */
const LENGTH = 1;
/** 1 where the newest swing is a high, −1 where it is a low. */
const KIND = 2;
/** Where the newest swing was before it moved. */
const LEFT = 3;
/** Place of the newest candle in the rings. */
const TURN = 4;
const RANGE = 5;
/** SLOTS holds the swings' candles, newest first, then their prices, then rings of the last highs and lows. */
const SLOTS = 6;

/** What a candle did to the chain: nothing, a further swing, or the newest one moved. */
export type SwingChange = 'none' | 'new' | 'moved';

export class SwingChain implements StreamingPart {
  readonly cells: Cells;
  /** Of each swing kept, newest first: the number of its candle, and its price. Views of the cells: a method's answer might be boxed. */
  readonly candles: Float64Array;
  readonly prices: Float64Array;
  readonly #width: number;
  readonly #highs: number;
  readonly #lows: number;

  /** `unit`: the range that `rise` is in. Kept by the chain's owner, moved on by the chain. */
  constructor(
    readonly reach: number,
    readonly rise: number,
    readonly most: number,
    readonly unit: Pick<WilderRange, 'update'>,
  ) {
    this.#width = 2 * reach + 1;
    this.#highs = SLOTS + 2 * most;
    this.#lows = this.#highs + this.#width;
    this.cells = cells(Math.max(16, this.#lows + this.#width));
    this.candles = this.cells.subarray(SLOTS, SLOTS + most);
    this.prices = this.cells.subarray(SLOTS + most, SLOTS + 2 * most);
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

  /** The unit's value at the newest candle. */
  get range(): number {
    return this.cells[RANGE];
  }

  update(candle: CandleInput): SwingChange {
    const state = this.cells;
    state[RANGE] = this.unit.update(candle);
    state[COUNT] += 1;
    // An integer to the engine too, which else would work out places as doubles.
    const next = (state[TURN] | 0) + 1;
    const turn = next === this.#width ? 0 : next;
    state[TURN] = turn;
    state[this.#highs + turn] = candle.high;
    state[this.#lows + turn] = candle.low;
    if (state[COUNT] < this.#width || Number.isNaN(state[RANGE])) return 'none';
    const kind = this.#extreme();
    return kind === 0 ? 'none' : this.#take(kind);
  }

  /** 1 where the rings' middle candle is a high, −1 where it is a low. */
  #extreme(): number {
    const state = this.cells;
    const { reach } = this;
    const width = this.#width;
    const highs = this.#highs;
    const lows = this.#lows;
    const middle = this.#middle;
    const high = state[highs + middle] as number;
    const low = state[lows + middle] as number;
    let isHigh = true;
    let isLow = true;
    let before = middle;
    let after = middle;
    for (let step = 1; step <= reach; step++) {
      before = before === 0 ? width - 1 : before - 1;
      after = after + 1 === width ? 0 : after + 1;
      if ((state[highs + before] as number) >= high || (state[highs + after] as number) > high) isHigh = false;
      if ((state[lows + before] as number) <= low || (state[lows + after] as number) < low) isLow = false;
      if (!isHigh && !isLow) return 0;
    }
    return isHigh === isLow ? 0 : isHigh ? 1 : -1;
  }

  /** The place of the candle `reach` ago. */
  get #middle(): number {
    const turn = this.cells[TURN] | 0;
    return turn < this.reach ? turn - this.reach + this.#width : turn - this.reach;
  }

  #take(kind: number): SwingChange {
    const state = this.cells;
    const { most } = this;
    const at = state[COUNT] - this.reach;
    const price = state[(kind > 0 ? this.#highs : this.#lows) + this.#middle] as number;
    const further = kind * (price - (state[SLOTS + most] as number));
    if (kind === state[KIND]) {
      if (further <= 0) return 'none';
      state[LEFT] = state[SLOTS] as number;
      state[SLOTS] = at;
      state[SLOTS + most] = price;
      return 'moved';
    }
    if (state[LENGTH] > 0 && further < this.rise * state[RANGE]) return 'none';
    state.copyWithin(SLOTS + 1, SLOTS, SLOTS + 2 * most - 1);
    state[SLOTS] = at;
    state[SLOTS + most] = price;
    state[KIND] = kind;
    if (state[LENGTH] < most) state[LENGTH] += 1;
    return 'new';
  }
}
