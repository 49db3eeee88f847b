/**
 * The correlation of two series of returns over the last N, at every lag of ±30, at a cost per candle that does not grow with N.
 *
 * Per lag one sum of products is kept: what enters is added, what leaves is subtracted. A sum kept so would remember the rounding
 * of the largest product that ever passed through, so it is kept safe in two ways. It is as wide as two doubles, what each
 * addition loses being kept beside it (Knuth's two-sum), so that a jump that has left the window leaves nothing behind. And
 * another like it grows from zero by addition alone; after N candles that one holds the window, takes over, and the next is
 * begun: no error gets older than that. Nothing is recomputed from history, so no candle is dearer than another.
 *
 * Tails of blocks (`window-sum.ts`) would need no subtraction, but a slot per candle and lag: fifteen times the memory.
 *
 * Means and deviations are exact (`window-moments.ts`) and kept for as long as a lag reaches. The products are of the returns as
 * they are, not of their distances from a mean, which would move: returns have means that are small beside their deviations, and
 * where the mean is even a thousand times as large nine digits are left.
 */
import { WindowMoments } from '../indicators/parts/window-moments.js';
import { type Cells, cells } from '../indicators/streaming-indicator.js';
import { MOST_LAG, type PairReturns, type Side } from './pair-returns.js';

export const CORRELATION_LAGS = 2 * MOST_LAG + 1;
/** Values of the correlation whose steadiness is its persistence. */
export const PERSISTENCE_CANDLES = 100;

/** Returns that vary by less are one and the same, but for the rounding of logarithms; real prices move in steps a million times that. */
const FLAT = 1e-12;

/** Returns since the sums were begun that will take over. */
const AGE = 0;
const PERSISTENCE = 1;
/** Then, per side, means and inverse deviations, the newest first: as they were when a lag's returns were the newest. */
const MEANS = 2;
const DELAYS = MOST_LAG + 1;
const INVERSES = MEANS + 2 * DELAYS;
/** Then, per lag, the sum and what it has lost to rounding, and the same of the sum that will take over. */
const SUMS = INVERSES + 2 * DELAYS;
const LOST = SUMS + CORRELATION_LAGS;
const NEXT = LOST + CORRELATION_LAGS;
const NEXT_LOST = NEXT + CORRELATION_LAGS;

export class CorrelationWindow {
  /** Per lag, from −30 to 30, the correlation; NaN while not ready. Overwritten in place. A positive lag: the first leads. */
  readonly vector = new Float64Array(CORRELATION_LAGS).fill(Number.NaN);
  readonly #state: Cells = cells(NEXT_LOST + CORRELATION_LAGS);
  readonly #moments: readonly [WindowMoments, WindowMoments];
  readonly #steadiness = new WindowMoments(PERSISTENCE_CANDLES);

  constructor(readonly period: number) {
    this.#moments = [new WindowMoments(period), new WindowMoments(period)];
    this.#state[PERSISTENCE] = Number.NaN;
  }

  /** Everything that must be kept to go on after a restart. */
  get kept(): readonly Float64Array[] {
    return [this.vector, this.#state, this.#moments[0].cells, this.#moments[1].cells, this.#steadiness.cells];
  }

  /** Whether the window is full at every lag. */
  get ready(): boolean {
    return !Number.isNaN(this.vector[0]);
  }

  /** 1 − the deviation of the correlation without lag over the last 100; NaN until there are so many. */
  get persistence(): number {
    return this.#state[PERSISTENCE];
  }

  /** The lag of the strongest correlation of either sign; of equals the shortest, and then the one by which the first leads. */
  get lag(): number {
    let best = 0;
    for (let lag = 1; lag <= MOST_LAG; lag++) {
      if (this.#strength(lag) > this.#strength(best)) best = lag;
      if (this.#strength(-lag) > this.#strength(best)) best = -lag;
    }
    return best;
  }

  reset(): void {
    for (const kept of this.kept) kept.fill(0);
    this.vector.fill(Number.NaN);
    this.#state[PERSISTENCE] = Number.NaN;
  }

  /** Takes the newest of the returns. */
  update(returns: PairReturns): void {
    this.#measure(returns, 0);
    this.#measure(returns, 1);
    this.#roll(returns, 0);
    this.#roll(returns, 1);
    const { count } = returns;
    if (count >= this.period) this.#keepSteadiness();
    if (count >= this.period + MOST_LAG) this.#correlate();
    this.#state[AGE] += 1;
    if (this.#state[AGE] === this.period) this.#takeOver();
  }

  #strength(lag: number): number {
    return Math.abs(this.vector[MOST_LAG + lag] as number);
  }

  #measure(returns: PairReturns, side: Side): void {
    const state = this.#state;
    const moments = this.#moments[side];
    const full = moments.update(returns.at(side, 0));
    const means = MEANS + side * DELAYS;
    const inverses = INVERSES + side * DELAYS;
    state.copyWithin(means + 1, means, means + DELAYS - 1);
    state.copyWithin(inverses + 1, inverses, inverses + DELAYS - 1);
    state[means] = moments.mean;
    state[inverses] = full && moments.variance > FLAT * FLAT ? 1 / Math.sqrt(moments.variance) : 0;
  }

  /** Moves the sums of the lags by which `leader` leads; those without lag go with the first. */
  #roll(returns: PairReturns, leader: Side): void {
    const state = this.#state;
    const { period } = this;
    const history = returns.cells;
    const follower: Side = leader === 0 ? 1 : 0;
    const newest = returns.newest(leader);
    const followed = returns.newest(follower);
    const entering = history[followed] as number;
    const leaving = -(history[followed - period] as number);
    const step = leader === 0 ? 1 : -1;
    for (let lag = leader; lag <= MOST_LAG; lag++) {
      const place = MOST_LAG + step * lag;
      const added = (history[newest - lag] as number) * entering;
      const left = (history[newest - lag - period] as number) * leaving;
      const sum = state[SUMS + place] as number;
      const more = sum + added;
      const taken = more - sum;
      const less = more + left;
      const given = less - more;
      const lost = sum - (more - taken) + (added - taken) + (more - (less - given)) + (left - given);
      state[SUMS + place] = less;
      state[LOST + place] = (state[LOST + place] as number) + lost;
      const next = state[NEXT + place] as number;
      const grown = next + added;
      const gained = grown - next;
      state[NEXT + place] = grown;
      state[NEXT_LOST + place] = (state[NEXT_LOST + place] as number) + (next - (grown - gained)) + (added - gained);
    }
  }

  #takeOver(): void {
    const state = this.#state;
    state[AGE] = 0;
    state.copyWithin(SUMS, NEXT);
    state.fill(0, NEXT);
  }

  #keepSteadiness(): void {
    if (this.#steadiness.update(this.#at(0))) this.#state[PERSISTENCE] = 1 - Math.sqrt(this.#steadiness.variance);
  }

  #correlate(): void {
    for (let lag = -MOST_LAG; lag <= MOST_LAG; lag++) this.vector[MOST_LAG + lag] = this.#at(lag);
  }

  /** The correlation at a lag; 0 where either side is flat. */
  #at(lag: number): number {
    const state = this.#state;
    const first = MEANS + Math.max(lag, 0);
    const second = MEANS + DELAYS + Math.max(-lag, 0);
    const inverse = (state[first + 2 * DELAYS] as number) * (state[second + 2 * DELAYS] as number);
    if (inverse === 0) return 0;
    const sum = (state[SUMS + MOST_LAG + lag] as number) + (state[LOST + MOST_LAG + lag] as number);
    const covariance = sum / this.period - (state[first] as number) * (state[second] as number);
    return Math.min(1, Math.max(-1, covariance * inverse));
  }
}
