/**
 * Hears of what operators change on another node, or past every node: a revoked key ends the session that stands within a
 * moment, wherever that is. Changes are numbered in the ledger, so one statement tells whether there are any. A node that was told
 * of a change looks at once; one that was told of none looks once in a while.
 */
import { LIMITS } from '../../limits.js';
import type { Cancel, Timers } from '../../runtime/clock.js';

export interface ChangeWatchOptions<Row> {
  /** Of `Ledger`: `changedAccounts` or `changedTenants`. */
  readonly changes: (after?: number) => Promise<{ readonly rows: readonly Row[]; readonly newest: number }>;
  readonly timers: Pick<Timers, 'every'>;
  readonly changed: (row: Row) => void;
}

export class ChangeWatch<Row> {
  readonly #options: ChangeWatchOptions<Row>;
  #newest: number | undefined;
  #looking: Promise<void> | undefined;
  /** Told of a change while a look was under way, which may have begun before it. */
  #again = false;
  #cancel: Cancel = () => {};

  constructor(options: ChangeWatchOptions<Row>) {
    this.#options = options;
  }

  start(): void {
    this.look();
    this.#cancel = this.#options.timers.every(LIMITS.session.changesMs, () => this.look());
  }

  async close(): Promise<void> {
    this.#cancel();
    this.#again = false;
    await this.#looking;
  }

  /** While the ledger does not answer nothing is lost: the next look begins where this one did. */
  look(): void {
    if (this.#looking !== undefined) {
      this.#again = true;
      return;
    }
    this.#looking = this.#ask()
      .catch(() => {})
      .finally(() => {
        this.#looking = undefined;
        const again = this.#again;
        this.#again = false;
        if (again) this.look();
      });
  }

  async #ask(): Promise<void> {
    for (;;) {
      const { rows, newest } = await this.#options.changes(this.#newest);
      for (const row of rows) this.#options.changed(row);
      this.#newest = newest;
      if (rows.length === 0) return;
    }
  }
}
