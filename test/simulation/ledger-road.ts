/**
 * The way between one node and the ledger that all nodes share. Each transaction goes to the ledger and its answer comes
 * back; either leg may be slow or cut, the disk at the far end may be full, and the node may die at any of the awaits.
 */
import type { MemoryLedgerHooks } from '../../src/storage/ledger/memory/memory-transactions.js';
import type { Random } from '../../src/runtime/random.js';

/** How long a node waits for a ledger that does not answer. */
const ANSWER_MOST_MS = 5_000;
/** Calls that write nothing. */
const READS =
  /^(accounts|accountByKey|changedAccounts|list|explained|closedTrades|command|newest|balances|presence|usage|token|ping|clock)/;

/** Where on a call's way something happens, once. */
export type Leg = 'before' | 'written' | 'after';

interface Strike {
  readonly leg: Leg;
  readonly act: () => void;
}

export interface RoadWorld {
  /** Waits for the world's time, which goes on meanwhile. */
  wait(delayMs: number): Promise<void>;
}

export class LedgerRoad {
  isCut = false;
  isFull = false;
  slowMsMost = 0;
  #frozen: Promise<void> | undefined;
  #thaw: () => void = () => {};
  #strikes: Strike[] = [];

  constructor(
    readonly world: RoadWorld,
    readonly random: Random,
  ) {}

  /** At the next transaction that comes to that leg. What `act` throws becomes of the transaction. */
  strike(leg: Leg, act: () => void): void {
    this.#strikes.push({ leg, act });
  }

  freeze(): void {
    this.#frozen ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#thaw();
    this.#frozen = undefined;
  }

  /** Nothing goes wrong any more. */
  mend(): void {
    this.isCut = false;
    this.isFull = false;
    this.slowMsMost = 0;
    this.#strikes = [];
    this.thaw();
  }

  hooks(): MemoryLedgerHooks {
    return {
      before: async (call) => {
        await this.#pass();
        if (call === 'commit') this.#meet('before');
      },
      written: () => {
        if (this.isFull) throw new Error('no space left on the device');
        this.#meet('written');
      },
      after: async (call) => {
        if (!READS.test(call)) this.#meet('after');
        await this.#pass();
      },
    };
  }

  async #pass(): Promise<void> {
    if (this.slowMsMost > 0) await this.world.wait(1 + this.random.int(this.slowMsMost));
    if (this.isCut) {
      await this.world.wait(ANSWER_MOST_MS);
      throw new Error('the ledger did not answer in time');
    }
    if (this.#frozen !== undefined) await this.#frozen;
  }

  #meet(leg: Leg): void {
    const at = this.#strikes.findIndex((strike) => strike.leg === leg);
    if (at >= 0) this.#strikes.splice(at, 1)[0]?.act();
  }
}
