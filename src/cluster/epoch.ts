/**
 * How often a thing has changed hands. The generation comes from the ledger, the revision from the registry: a registry that was
 * wiped counts from one again, under a higher generation, so that an epoch never goes back.
 */
export interface Epoch {
  readonly generation: number;
  readonly revision: number;
}

/** Above zero where `a` is the later one. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  return a.generation - b.generation || a.revision - b.revision;
}

/** Undefined is where there is none. */
export function sameEpoch(a: Epoch | undefined, b: Epoch | undefined): boolean {
  return a?.generation === b?.generation && a?.revision === b?.revision;
}

/** The highest epoch of each thing that was heard of: what comes under an older one comes of a node that has lost it. */
export class EpochGate {
  readonly #highest = new Map<string, Epoch>();

  /** Whether what comes under this epoch still counts. */
  admits(thing: string, epoch: Epoch): boolean {
    const highest = this.#highest.get(thing);
    if (highest !== undefined && compareEpochs(epoch, highest) < 0) return false;
    this.#highest.set(thing, epoch);
    return true;
  }
}
