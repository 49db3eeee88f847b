/**
 * The actors of one node among those of all nodes: the world's seeded scheduler decides whose turn it is, so that turns of
 * different nodes interleave. Here a node's actors can be held, and any of them be given a message that it cannot bear.
 */
import type { Cell, Scheduler, SchedulerHandle, WakeReason } from '../../src/actors/cell.js';
import type { DeterministicScheduler } from '../../src/actors/deterministic.js';

/** Whatever is read of it throws: no handler gets past its first line. */
const POISON: never = new Proxy(
  {},
  {
    get: () => {
      throw new Error('a poisoned message');
    },
    has: () => {
      throw new Error('a poisoned message');
    },
  },
) as never;

export class NodeScheduler implements Scheduler {
  readonly turnSize = 1;
  readonly #cells = new Map<string, Cell<never>>();
  #held: (() => void)[] | undefined;

  constructor(readonly world: DeterministicScheduler) {}

  attach(cell: Cell<never>): SchedulerHandle {
    const { path } = cell;
    this.#cells.set(path, cell);
    const handle = this.world.attach(cell);
    const wake = (reason: WakeReason): void => {
      if (this.#held === undefined) handle.wake(reason);
      else this.#held.push(() => handle.wake(reason));
    };
    const detach = (): void => {
      if (this.#cells.get(path) === cell) this.#cells.delete(path);
      handle.detach();
    };
    return { wake, detach };
  }

  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const wake of held) wake();
  }

  /** Poisons one of the actors whose path fits, that share of the way down the list; answers whether there was one. */
  poison(fits: RegExp, share: number): boolean {
    const paths = [...this.#cells.keys()].filter((path) => fits.test(path)).sort();
    const path = paths[Math.floor(share * paths.length)];
    return path !== undefined && this.#cells.get(path)?.tell(POISON) === true;
  }
}
