/**
 * What of alerts outlives the node: what stands and who acknowledged it, what channels are still to tell, who is linked, what
 * the audit log is still to be told. In the data folder and not in the ledger: that the ledger is away is an alert too.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AlertBookState } from '../../alerts/alert-book.js';
import type { OutboxState } from '../../alerts/outbox.js';
import { SuhoError, sentence } from '../../errors.js';
import type { OperatorAction } from '../../storage/audit/audit.js';
import type { LinkedChat } from './chat-links.js';

export interface AlertState {
  readonly version: 1;
  readonly book: AlertBookState;
  readonly outboxes: Readonly<Record<string, OutboxState>>;
  readonly chats: readonly LinkedChat[];
  readonly owed: readonly OperatorAction[];
}

const NAME = 'alerts.json';

export class AlertFile {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string) {
    this.#path = join(folder, NAME);
  }

  /** A file that cannot be read is moved aside: alerts that stand fire again, and somebody is told of them. */
  async load(): Promise<AlertState | undefined> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new SuhoError('FILE_UNREADABLE', `${this.#path} cannot be read: ${sentence(error)}.`, { cause: error });
    }
    try {
      const state = JSON.parse(text) as AlertState;
      if (state.version === 1 && Array.isArray(state.book.standing) && Array.isArray(state.chats)) return state;
    } catch {
      // Said below.
    }
    await rename(this.#path, `${this.#path}.unreadable`);
    return undefined;
  }

  /** Replaced whole, one writing after the other. */
  save(state: AlertState): Promise<void> {
    const text = `${JSON.stringify(state)}\n`;
    const written = this.#writing.then(async () => {
      const unfinished = `${this.#path}.new`;
      await writeFile(unfinished, text, { mode: 0o600 });
      await rename(unfinished, this.#path);
    });
    this.#writing = written.catch(() => {});
    return written;
  }
}
