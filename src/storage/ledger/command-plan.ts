/** What a tenant's operations on commands come to, as pure code; the part of a commit plan that is of commands. */
import { LIMITS } from '../../limits.js';
import { mayFollow } from '../../signals/signal.js';
import type { CommandOp, CommandRow } from './commands.js';
import type { OpResult } from './ledger.js';

type Op<K extends CommandOp['kind']> = Extract<CommandOp, { kind: K }>;

const SEPARATOR = '\u0001';

function idKey(accountId: string, id: string): string {
  return [accountId, id].join(SEPARATOR);
}

function causeKey({ accountId, cause }: Pick<CommandRow, 'accountId' | 'cause'>): string {
  return [accountId, cause].join(SEPARATOR);
}

export class CommandPlan {
  readonly #rows: Map<string, CommandRow>;
  readonly #byCause: Map<string, string>;
  readonly #inserted = new Set<string>();
  readonly #changed = new Set<string>();

  constructor(standing: readonly CommandRow[]) {
    this.#rows = new Map(standing.map((row) => [idKey(row.accountId, row.id), row]));
    this.#byCause = new Map(standing.map((row) => [causeKey(row), row.id]));
  }

  inserted(): readonly CommandRow[] {
    return [...this.#inserted].map((key) => this.#rows.get(key) as CommandRow);
  }

  changed(): readonly CommandRow[] {
    return [...this.#changed].map((key) => this.#rows.get(key) as CommandRow);
  }

  command(tenantId: string, { command }: Op<'command'>): OpResult {
    const standing = this.#rows.get(idKey(command.accountId, this.#byCause.get(causeKey(command)) ?? command.id));
    if (standing !== undefined) return { kind: 'exists', command: standing };
    const row: CommandRow = { ...command, tenantId, said: null, results: [], updatedAt: command.createdAt };
    const key = idKey(row.accountId, row.id);
    this.#rows.set(key, row);
    this.#byCause.set(causeKey(row), row.id);
    this.#inserted.add(key);
    return { kind: 'commanded', command: row };
  }

  transition(op: Op<'command-transition'>): OpResult {
    const row = this.#rows.get(idKey(op.accountId, op.commandId));
    if (row === undefined) return { kind: 'missing' };
    if (!op.from.includes(row.state) || !mayFollow(row.state, op.to)) return { kind: 'unmoved', state: row.state };
    const instance = op.to === 'SENT' && op.instance !== undefined ? op.instance : row.instance;
    this.#change({ ...row, state: op.to, said: op.said, instance, updatedAt: op.atMs });
    return { kind: 'moved', state: op.to };
  }

  result({ accountId, commandId, result, atMs }: Op<'command-result'>): OpResult {
    const row = this.#rows.get(idKey(accountId, commandId));
    if (row === undefined) return { kind: 'missing' };
    if (row.results.some(({ attempt, outcome }) => attempt === result.attempt && outcome === result.outcome))
      return { kind: 'exists' };
    const decides = mayFollow(row.state, result.outcome);
    // An EA that goes on telling what decides nothing fills no row.
    if (!decides && row.results.length >= LIMITS.command.results) return { kind: 'exists' };
    const told = { ...row, results: [...row.results, result], updatedAt: atMs };
    const moved: CommandRow = decides ? { ...told, state: result.outcome, said: result.sentence || null } : told;
    this.#change(moved);
    return { kind: 'stored', state: moved.state };
  }

  #change(row: CommandRow): void {
    const key = idKey(row.accountId, row.id);
    this.#rows.set(key, row);
    if (!this.#inserted.has(key)) this.#changed.add(key);
  }
}
