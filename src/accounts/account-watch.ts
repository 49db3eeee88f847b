/**
 * Hears of what operators change of accounts on another node, or past every node: a revoked key ends the session that stands
 * within a moment, wherever that is. Changes are numbered in the ledger, so one statement tells whether there are any.
 */
import { LIMITS } from '../limits.js';
import type { Cancel, Timers } from '../runtime/clock.js';
import type { AccountRow, Ledger } from '../storage/ledger/ledger.js';

export interface AccountWatchOptions {
  readonly ledger: Pick<Ledger, 'changedAccounts'>;
  readonly timers: Pick<Timers, 'every'>;
  readonly changed: (account: AccountRow) => void;
}

export class AccountWatch {
  readonly #options: AccountWatchOptions;
  #newest: number | undefined;
  #looking: Promise<void> | undefined;
  #cancel: Cancel = () => {};

  constructor(options: AccountWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#look();
    this.#cancel = this.#options.timers.every(LIMITS.session.changesMs, () => this.#look());
  }

  async close(): Promise<void> {
    this.#cancel();
    await this.#looking;
  }

  /** While the ledger does not answer nothing is lost: the next look begins where this one did. */
  #look(): void {
    this.#looking ??= this.#ask()
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #ask(): Promise<void> {
    for (;;) {
      const { rows, newest } = await this.#options.ledger.changedAccounts(this.#newest);
      for (const account of rows) this.#options.changed(account);
      this.#newest = newest;
      if (rows.length === 0) return;
    }
  }
}
