/** Calls to the in-memory ledger: each waits as it is told, applies in one turn, and either all of it stands or nothing does. */
import { SuhoError, sentence } from '../../../errors.js';
import type { Ledger } from '../ledger.js';
import { Journal } from './memory-tables.js';

type Call = Exclude<keyof Ledger, 'close' | 'reads'>;

/** Where a simulation takes hold. Each may throw, and may call `crash()`. */
export interface MemoryLedgerHooks {
  /** UTC by the clock of the ledger's machine; this machine's where it is left out. */
  readonly nowMs?: () => number;
  /** Awaited before a call begins: makes it wait, or fails it with nothing stored. */
  readonly before?: (call: Call) => Promise<void> | void;
  /** At each row written: a throw fails the transaction, a crash tears it. */
  readonly written?: (rows: number) => void;
  /** At each entry of the audit log: a throw fails the transaction. */
  readonly told?: () => void;
  /** Awaited once it is durable and before the caller hears: a crash here loses the answer and nothing else. */
  readonly after?: (call: Call) => Promise<void> | void;
}

export class MemoryTransactions {
  readonly hooks: MemoryLedgerHooks;
  #gone: string | undefined;

  constructor(hooks: MemoryLedgerHooks) {
    this.hooks = hooks;
  }

  /** The process dies: calls under way never commit, or were durable and go unanswered; later ones fail. */
  crash(): void {
    this.#gone = 'it has crashed';
  }

  close(): void {
    this.#gone ??= 'it is closed';
  }

  async run<T>(call: Call, work: (journal: Journal) => T): Promise<T> {
    try {
      await this.hooks.before?.(call);
      this.mustLive();
      const journal = new Journal((rows) => {
        this.hooks.written?.(rows);
        this.mustLive();
      });
      let result: T;
      try {
        result = work(journal);
      } catch (error) {
        journal.takeBack();
        throw error;
      }
      await this.hooks.after?.(call);
      if (this.#gone === 'it has crashed') this.mustLive();
      return result;
    } catch (error) {
      if (error instanceof SuhoError) throw error;
      throw new SuhoError('LEDGER_FAILED', `The ledger could not store a transaction: ${sentence(error)}.`, { cause: error });
    }
  }

  mustLive(): void {
    if (this.#gone !== undefined) throw new SuhoError('LEDGER_FAILED', `The ledger does not answer: ${this.#gone}.`);
  }
}
