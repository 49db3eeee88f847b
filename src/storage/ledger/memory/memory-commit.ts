/** The operations of a commit, one after the other in the plainest way, each told in the audit log. */
import { eventOf } from '../../audit/events.js';
import type { AccountSymbolRow, LedgerOp, OpResult } from '../ledger.js';
import type { MemoryParts } from './memory-claims.js';
import type { Journal, MemoryTables } from './memory-tables.js';

type Op<K extends LedgerOp['kind']> = Extract<LedgerOp, { kind: K }>;

export class MemoryCommit {
  readonly #tables: MemoryTables;
  readonly #parts: MemoryParts;

  constructor(tables: MemoryTables, parts: MemoryParts) {
    this.#tables = tables;
    this.#parts = parts;
  }

  apply(op: LedgerOp, journal: Journal): OpResult {
    const result = this.#applied(op, journal);
    const event = eventOf(op, result);
    const account = this.#tables.accounts.get(op.accountId);
    if (event !== undefined && account !== undefined) this.#parts.audit.tell(account.tenantId, event, journal);
    return result;
  }

  #applied(op: LedgerOp, journal: Journal): OpResult {
    const account = this.#tables.accounts.get(op.accountId);
    if (account === undefined || account.epoch !== op.epoch) return { kind: 'fenced' };
    switch (op.kind) {
      case 'raise':
        return this.#parts.signals.raise(account, op, journal);
      case 'refuse':
        return this.#parts.signals.refuse(account, op, journal);
      case 'transition':
        return this.#parts.signals.transition(op, journal);
      case 'result':
        return this.#parts.signals.result(account, op, journal);
      case 'deal':
        return this.#parts.signals.deal(account, op, journal);
      case 'history-told':
        return this.#historyTold(op, journal);
      case 'symbols':
        return this.#describe(op, journal);
      default:
        return this.#parts.commands.apply(account, op, journal);
    }
  }

  #historyTold(op: Op<'history-told'>, journal: Journal): OpResult {
    const restored = this.#tables.restores.get(op.accountId);
    if (restored !== undefined) this.#tables.restores.put(op.accountId, { ...restored, historyFromMs: null }, journal);
    return { kind: 'stored' };
  }

  #describe(op: Op<'symbols'>, journal: Journal): OpResult {
    const rows = [...(this.#tables.symbols.get(op.accountId) ?? [])];
    const told = new Set<number>();
    for (const symbol of op.symbols) {
      const known = rows.findIndex(({ brokerName }) => brokerName === symbol.brokerName);
      const at = known < 0 ? rows.length : known;
      const { brokerName, symbol: canonical, details } = symbol;
      rows[at] = { accountId: op.accountId, symbolId: at + 1, brokerName, symbol: canonical, details };
      told.add(at);
    }
    this.#tables.symbols.put(op.accountId, rows, journal);
    return { kind: 'symbols', rows: [...told].map((at) => rows[at] as AccountSymbolRow) };
  }
}
