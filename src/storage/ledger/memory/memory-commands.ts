/** Commands of the in-memory ledger: what operations make of them, and how they are read. */
import { LIMITS } from '../../../limits.js';
import { isUndecided, mayFollow } from '../../../signals/signal.js';
import type { CommandOp, CommandRow } from '../commands.js';
import type { AccountRow, OpResult, SignalRow } from '../ledger.js';
import type { Journal, MemoryTables } from './memory-tables.js';
import { copy, inOrder, keyOf } from './row-keys.js';

export class MemoryCommands {
  readonly #tables: MemoryTables;

  constructor(tables: MemoryTables) {
    this.#tables = tables;
  }

  apply(account: AccountRow, op: CommandOp, journal: Journal): OpResult {
    const { commands, commandOfCause } = this.#tables;
    const put = (row: CommandRow): void => commands.put(keyOf(account.id, row.id), row, journal);
    if (op.kind === 'command') {
      const { command } = op;
      const cause = keyOf(account.id, command.cause);
      const known = commands.get(keyOf(account.id, commandOfCause.get(cause) ?? command.id));
      if (known !== undefined) return { kind: 'exists', command: known };
      const row = { ...command, tenantId: account.tenantId, said: null, results: [], updatedAt: command.createdAt };
      put(row);
      commandOfCause.put(cause, row.id, journal);
      return { kind: 'commanded', command: row };
    }
    const before = commands.get(keyOf(account.id, op.commandId));
    if (before === undefined) return { kind: 'missing' };
    if (op.kind === 'command-transition') {
      if (!op.from.includes(before.state) || !mayFollow(before.state, op.to)) return { kind: 'unmoved', state: before.state };
      const sent = op.to === 'SENT' && op.instance !== undefined ? { instance: op.instance } : {};
      put({ ...before, state: op.to, said: op.said, updatedAt: op.atMs, ...sent });
      return { kind: 'moved', state: op.to };
    }
    const { outcome, attempt, sentence: said } = op.result;
    const decides = mayFollow(before.state, outcome);
    const heard = before.results.some((one) => one.outcome === outcome && one.attempt === attempt);
    if (heard || (before.results.length >= LIMITS.command.results && !decides)) return { kind: 'exists' };
    const ended = decides ? { state: outcome, said: said === '' ? null : said } : {};
    const after = { ...before, results: [...before.results, op.result], updatedAt: op.atMs, ...ended };
    put(after);
    return { kind: 'stored', state: after.state };
  }

  /** What a new session must take up again, with those that call back one of its open signals. */
  openOf(account: AccountRow, open: readonly SignalRow[]): CommandRow[] {
    const opening = new Set(open.filter(({ kind }) => kind === 'OPEN').map(({ id }) => id));
    const callsBack = ({ action, signalId }: CommandRow): boolean => action === 'CANCEL_SIGNAL' && opening.has(signalId ?? '');
    return this.#ofAccount(account.id).filter((row) => isUndecided(row.state) || callsBack(row));
  }

  one(accountId: string, commandId: string): CommandRow | undefined {
    const row = this.#tables.commands.get(keyOf(accountId, commandId));
    return row && copy(row);
  }

  newestOf(accountId: string): readonly CommandRow[] {
    return copy(this.#ofAccount(accountId).reverse().slice(0, LIMITS.ledger.pageRows));
  }

  /** In the order in which they were made. */
  #ofAccount(accountId: string): CommandRow[] {
    const own = this.#tables.commands.values().filter((row) => row.accountId === accountId);
    return own.sort((a, b) => inOrder([a.createdAt, a.id], [b.createdAt, b.id]));
  }
}
