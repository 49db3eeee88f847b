import type { Random } from '../runtime/random.js';
import type { Cell, Scheduler, SchedulerHandle } from './cell.js';

/**
 * The second scheduler: one message a turn, the next actor chosen by a seeded stream among those that have mail. One seed
 * gives one interleaving; different seeds visit different ones, including those that nact would hardly ever produce.
 */
export class DeterministicScheduler implements Scheduler {
  readonly turnSize = 1;
  readonly #runnable: Cell<never>[] = [];

  constructor(readonly random: Random) {}

  attach(cell: Cell<never>): SchedulerHandle {
    return {
      wake: () => {
        this.#runnable.push(cell);
      },
      detach: () => {
        const at = this.#runnable.indexOf(cell);
        if (at >= 0) this.#runnable.splice(at, 1);
      },
    };
  }

  /** Gives one actor its turn; false when none has mail. */
  step(): boolean {
    const { length } = this.#runnable;
    if (length === 0) return false;
    const at = this.random.int(length);
    const cell = this.#runnable[at] as Cell<never>;
    this.#runnable[at] = this.#runnable[length - 1] as Cell<never>;
    this.#runnable.pop();
    cell.turn();
    return true;
  }

  /** Runs until no actor has mail; answers the number of turns. */
  drain(): number {
    let turns = 0;
    while (this.step()) turns += 1;
    return turns;
  }
}
