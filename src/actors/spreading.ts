/**
 * Decisions on their way to a tenant's accounts, a slice at a time: what thousands of accounts do at once holds up everybody's heartbeat
 * and welcome, and what is under way for them all is held in memory. So the next slice goes when the ledger has room for it.
 *
 * Kept outside the actor that spreads, so that a crash in the middle of it leaves nobody out. Each account has them in their order.
 */
import { LIMITS } from '../limits.js';
import type { TimedDecision } from '../signals/signal.js';
import type { AccountMessage } from './account.js';
import type { ActorRef } from './actor.js';

interface Spread {
  readonly timed: TimedDecision;
  readonly accounts: readonly ActorRef<AccountMessage>[];
  /** Where it began: each time with another account, so that nobody is always last. */
  readonly from: number;
  told: number;
}

export class Spreading {
  readonly #spreads: Spread[] = [];
  #rotation = 0;

  constructor(
    /** Whether more may be under way. */
    readonly hasRoom: () => boolean,
  ) {}

  get isOver(): boolean {
    return this.#spreads.length === 0;
  }

  add(timed: TimedDecision, accounts: readonly ActorRef<AccountMessage>[]): void {
    this.#rotation += 1;
    if (accounts.length > 0) this.#spreads.push({ timed, accounts, from: this.#rotation, told: 0 });
  }

  /** Tells the next accounts, where there is room. */
  tellSlice(): void {
    const spread = this.#spreads[0];
    if (spread === undefined || !this.hasRoom()) return;
    const { timed, accounts, from } = spread;
    const end = Math.min(accounts.length, spread.told + LIMITS.signal.spreadAtOnce);
    for (; spread.told < end; spread.told++) accounts[(from + spread.told) % accounts.length]?.tell({ kind: 'decision', timed });
    if (spread.told === accounts.length) this.#spreads.shift();
  }
}
