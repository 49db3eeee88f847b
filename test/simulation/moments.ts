/** Moments at which a fault does the most: when the next signal or command leaves a node, whichever, and when the next order is filled. */
import type { SimulatedEa } from './simulated-ea.js';
import type { SimulatedNode } from './simulated-node.js';

export type Moment = 'signal' | 'command' | 'fill';
type Act = (ea: SimulatedEa, node: SimulatedNode | undefined) => void;

export class Moments {
  readonly #acts: Record<Moment, Act[]> = { signal: [], command: [], fill: [] };

  atNext(moment: Moment, act: Act): void {
    this.#acts[moment].push(act);
  }

  came(moment: Moment, ea: SimulatedEa, node?: SimulatedNode): void {
    this.#acts[moment].shift()?.(ea, node);
  }

  forget(): void {
    for (const acts of Object.values(this.#acts)) acts.length = 0;
  }
}
