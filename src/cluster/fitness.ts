/**
 * Whether a node may be given anything, as it found when it last looked. What it found counts for a while from when it asked, no longer:
 * a process that stood still knows nothing of what has become of its ledger meanwhile, whatever answer it finds when it goes on.
 */
import { LIMITS } from '../limits.js';
import type { Member } from './member.js';

export class Fitness {
  #why: string | null = 'it has just begun';
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(
    /** Of the machine, monotonic. */
    readonly nowMs: () => number,
  ) {}

  /** Null: it is fit. */
  found(why: string | null, askedMs: number): void {
    this.#why = why;
    this.#askedMs = askedMs;
  }

  /** Why it is not fit. */
  get why(): string | null {
    const isOld = this.nowMs() - this.#askedMs > LIMITS.cluster.fitnessHoldsMs;
    return this.#why ?? (isOld ? 'it has not looked for long whether its ledger answers' : null);
  }

  get fit(): boolean {
    return this.why === null;
  }

  /** As it tells it to others. */
  get told(): Pick<Member, 'fit' | 'why'> {
    const { why } = this;
    return { fit: why === null, why };
  }
}
