/**
 * A machine's wall clock against its own going, which no setting touches: between two looks at the ledger's clock, a jump is
 * seen here, and at once. What a clock that is minutes ahead would close is final for all nodes.
 */
import { LIMITS } from '../limits.js';
import type { Clock } from '../runtime/clock.js';

export class WallClock {
  #agreedMs: number;

  constructor(readonly machine: Pick<Clock, 'nowMs' | 'monotonicNs'>) {
    this.#agreedMs = this.apartMs;
  }

  get apartMs(): number {
    return this.machine.nowMs() - Number(this.machine.monotonicNs() / 1_000n) / 1_000;
  }

  get isSteady(): boolean {
    return Math.abs(this.apartMs - this.#agreedMs) <= LIMITS.cluster.clockMs;
  }

  /** So it stood when the ledger was asked, which has agreed. */
  agreed(apartMs: number): void {
    this.#agreedMs = apartMs;
  }
}
