import { joinState, splitState } from '../indicators/joined-state.js';
import { CorrelationWindow } from './correlation-window.js';
import { PairReturns } from './pair-returns.js';

/** Returns over which two symbols are correlated. */
export const CORRELATION_WINDOWS = [20, 100] as const;

/** The rolling correlation of two symbols' log returns, fed with the closes of candles that both have, in order of time. */
export class PairCorrelation {
  readonly windows: readonly CorrelationWindow[];
  readonly #returns: PairReturns;

  constructor(periods: readonly number[] = CORRELATION_WINDOWS) {
    this.windows = periods.map((period) => new CorrelationWindow(period));
    this.#returns = new PairReturns(Math.max(...periods));
  }

  update(first: number, second: number): void {
    if (!this.#returns.update(first, second)) return;
    for (const window of this.windows) window.update(this.#returns);
  }

  reset(): void {
    this.#returns.cells.fill(0);
    for (const window of this.windows) window.reset();
  }

  /** Everything that must be kept to go on after a restart, as bits. */
  snapshot(): Float64Array {
    return joinState(this.#kept());
  }

  restore(state: Float64Array): void {
    splitState(state, this.#kept());
  }

  #kept(): readonly Float64Array[] {
    return [this.#returns.cells, ...this.windows.flatMap(({ kept }) => kept)];
  }
}
