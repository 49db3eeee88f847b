import type { Clock } from './clock.js';

export interface BreakerLimits {
  /** Failures in a row that open it. */
  readonly failures: number;
  readonly openMs: number;
}

/** Leaves alone what keeps failing: after so many failures in a row nothing is tried for a while, then one call is. */
export class CircuitBreaker {
  #failures = 0;
  #openUntilMs = 0;

  constructor(
    readonly clock: Pick<Clock, 'nowMs'>,
    readonly limits: BreakerLimits,
  ) {}

  get failures(): number {
    return this.#failures;
  }

  /** `half-open`: the next call decides. */
  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#failures < this.limits.failures) return 'closed';
    return this.waitMs() > 0 ? 'open' : 'half-open';
  }

  /** How long nothing may be tried; 0 while a call may go. */
  waitMs(): number {
    return Math.max(0, this.#openUntilMs - this.clock.nowMs());
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openUntilMs = 0;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#failures >= this.limits.failures) this.#openUntilMs = this.clock.nowMs() + this.limits.openMs;
  }
}
