/**
 * A machine's clock beside the world's true time. Its wall clock may be off and may jump; its timers run by the machine's
 * own going, which no jump touches. While the machine is frozen, as by SIGSTOP, what falls due waits until it goes on.
 */
import type { Cancel, Clock } from '../../src/runtime/clock.js';

export class MachineClock implements Clock {
  /** Wall clock minus true time. */
  offsetMs = 0;
  #due: (() => void)[] | undefined;

  constructor(readonly world: Clock) {}

  get isFrozen(): boolean {
    return this.#due !== undefined;
  }

  nowMs(): number {
    return this.world.nowMs() + this.offsetMs;
  }

  steadyMs(): number {
    return this.world.steadyMs();
  }

  /** The world's time, so that nothing depends on how fast the machine under the simulation is. */
  monotonicNs(): bigint {
    return BigInt(this.world.nowMs()) * 1_000_000n;
  }

  after(delayMs: number, call: () => void): Cancel {
    let cancelled = false;
    const fire = (): void => {
      if (cancelled) return;
      if (this.#due === undefined) call();
      else this.#due.push(fire);
    };
    const cancel = this.world.after(delayMs, fire);
    return () => {
      cancelled = true;
      cancel();
    };
  }

  every(periodMs: number, call: () => void): Cancel {
    let cancel: Cancel = () => {};
    const turn = (): void => {
      cancel = this.after(periodMs, turn);
      call();
    };
    cancel = this.after(periodMs, turn);
    return () => cancel();
  }

  freeze(): void {
    this.#due ??= [];
  }

  thaw(): void {
    const due = this.#due ?? [];
    this.#due = undefined;
    for (const fire of due) fire();
  }
}
