/** What the audit log is to be told: in order, and again until it has it. */
import { sentence } from '../../errors.js';
import type { Logger } from '../../runtime/logger.js';
import type { OperatorAction } from '../../storage/audit/audit.js';

export class OwedActions {
  readonly #tell: (action: OperatorAction) => Promise<void>;
  readonly #changed: () => void;
  readonly #log: Logger;
  #owed: OperatorAction[] = [];
  #telling = false;

  constructor(tell: (action: OperatorAction) => Promise<void>, changed: () => void, log: Logger) {
    this.#tell = tell;
    this.#changed = changed;
    this.#log = log;
  }

  get list(): readonly OperatorAction[] {
    return this.#owed;
  }

  restore(owed: readonly OperatorAction[]): void {
    this.#owed = [...owed];
  }

  add(action: OperatorAction): void {
    this.#owed.push(action);
    this.#changed();
    void this.retry();
  }

  async retry(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#owed[0]; next !== undefined; next = this.#owed[0]) {
        await this.#tell(next);
        this.#owed.shift();
        this.#changed();
      }
    } catch (error) {
      this.#log.warn({ err: sentence(error), owed: this.#owed.length }, 'the audit log is still to be told; it is tried again');
    } finally {
      this.#telling = false;
    }
  }
}
