/**
 * A batch in one transaction of few statements. It is worked off tenant by tenant, in the order of their names, and each
 * tenant's accounts are locked in the order of their ids, so that two nodes cannot wait for each other. For each tenant: read
 * what its operations name, decide, write each table once, and tell of it in the audit log. The statement that inserts signals raises the accounts' numbers
 * under their epochs, and inserts nothing unless it raised them all: it fences, numbers and inserts.
 */
import type { AuditEvent } from '../audit/audit.js';
import { eventOf } from '../audit/events.js';
import type { AuditTrail } from './audit-trail.js';
import {
  type Columns,
  COMMAND_COLUMNS,
  columnOf,
  DEAL_COLUMNS,
  EXECUTION_COLUMNS,
  insertFrom,
  LINEAGE_COLUMNS,
  NUMBER_COLUMNS,
  REFUSAL_COLUMNS,
  recordset,
  SIGNAL_COLUMNS,
  type StoredSignal,
  SYMBOL_COLUMNS,
  selectList,
  setList,
  ticketOf,
} from './columns.js';
import { type AccountHead, CommitPlan, type Standing, type Writes } from './commit-plan.js';
import type { CommandRow } from './commands.js';
import type { LedgerOp, NewSignal, OpResult } from './ledger.js';
import { insertFromArrays, rowArrays, unnested, uuidArray } from './row-arrays.js';
import type { Statement, Transaction } from './transaction.js';

const LOCK_HEADS: Statement = {
  name: 'lock-heads',
  text: `SELECT id, tenant_id AS "tenantId", epoch, seq, symbol_seq AS "symbolSeq" FROM accounts
    WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`,
};

/** Rows of `table` that have one of the keys given: `key` is unique there, so each is one look into its index. */
function rowsWithKeys<Row>(name: string, table: string, columns: Columns<Row>, key: readonly (keyof Row & string)[]): Statement {
  const match = key.map((field) => `${table}.${columnOf(columns, field)} = incoming."${field}"`).join(' AND ');
  const list = key.map((field) => `${table}.${columnOf(columns, field)} AS "${field}"`).join(', ');
  return { name, text: `SELECT ${list} FROM ${recordset('$1', columns, key)} JOIN ${table} ON ${match}` };
}

const SIGNAL_KEY = ['accountId', 'strategy', 'symbol', 'timeframe', 'closeTime', 'kind'] as const;
const READ_SIGNALS: Statement = {
  name: 'read-signals',
  text: `SELECT ${selectList(SIGNAL_COLUMNS)} FROM signals WHERE id IN (
      SELECT unnest($1::uuid[])
      UNION ALL
      SELECT signals.id FROM ${unnested(2, SIGNAL_COLUMNS, SIGNAL_KEY)} JOIN signals
        ON ${SIGNAL_KEY.map((field) => `signals.${columnOf(SIGNAL_COLUMNS, field)} = incoming."${field}"`).join(' AND ')})`,
};
const REFUSAL_KEY = ['accountId', 'closeTime', 'strategy', 'symbol', 'timeframe', 'direction'] as const;
const READ_REFUSALS = rowsWithKeys('read-refusals', 'signal_refusals', REFUSAL_COLUMNS, REFUSAL_KEY);
const EXECUTION_KEY = ['accountId', 'signalId', 'attempt', 'outcome'] as const;
const READ_EXECUTIONS = rowsWithKeys('read-executions', 'executions', EXECUTION_COLUMNS, EXECUTION_KEY);
const DEAL_KEY = ['accountId', 'deal'] as const;
// By the text of the ticket: row security keeps a comparison of numeric out of the index.
const READ_DEALS: Statement = {
  name: 'read-deals',
  text: `SELECT deals.account_id AS "accountId", deals.deal FROM ${recordset('$1', DEAL_COLUMNS, DEAL_KEY)} JOIN deals
    ON deals.account_id = incoming."accountId" AND deals.ticket = ${ticketOf('incoming.deal')}`,
};
const TAKEN_IDS: Statement = { name: 'taken-ids', text: 'SELECT id FROM taken_signal_ids($1::uuid[]) AS taken (id)' };
const SYMBOL_KEY = ['accountId', 'brokerName'] as const;
const READ_SYMBOLS: Statement = {
  name: 'read-symbols',
  text: `SELECT account_symbols.account_id AS "accountId", symbol_id AS "symbolId", tenant_id AS "tenantId",
      broker_name AS "brokerName", account_symbols.symbol, details
    FROM ${recordset('$1', SYMBOL_COLUMNS, SYMBOL_KEY)} JOIN account_symbols
      ON account_symbols.account_id = incoming."accountId" AND account_symbols.broker_name = incoming."brokerName"`,
};

const COMMAND_KEY = ['accountId', 'cause'] as const;
const COMMAND_ID = ['accountId', 'id'] as const;
const COMMAND_LIST = Object.entries(COMMAND_COLUMNS).map(([field, { column }]) => `commands.${column} AS "${field}"`);
const commandsWith = (parameter: string, key: readonly (keyof CommandRow)[]): string => {
  const match = key.map((field) => `commands.${columnOf(COMMAND_COLUMNS, field)} = incoming."${field}"`);
  return `SELECT ${COMMAND_LIST.join(', ')} FROM ${recordset(parameter, COMMAND_COLUMNS, key)} JOIN commands ON ${match.join(' AND ')}`;
};
// By both, a row may come twice.
const READ_COMMANDS: Statement = {
  name: 'read-commands',
  text: `${commandsWith('$1', COMMAND_ID)} UNION ALL ${commandsWith('$2', COMMAND_KEY)}`,
};
const INSERT_COMMANDS: Statement = { name: 'insert-commands', text: insertFrom('commands', '$1', COMMAND_COLUMNS) };
const CHANGED_OF_COMMAND = ['state', 'said', 'instance', 'results', 'updatedAt'] as const satisfies readonly (keyof CommandRow)[];
const CHANGE_COMMANDS: Statement = {
  name: 'change-commands',
  text: `UPDATE commands SET ${setList(COMMAND_COLUMNS, CHANGED_OF_COMMAND)}
    FROM ${recordset('$1', COMMAND_COLUMNS, [...COMMAND_ID, ...CHANGED_OF_COMMAND])}
    WHERE commands.account_id = incoming."accountId" AND commands.id = incoming.id`,
};

// Parameters: the signals' columns, then the accounts' numbers. The comparison of counts is made once; a join of the two lists would
// be made pair by pair.
const NUMBERS = Object.keys(SIGNAL_COLUMNS).length + 1;
const RAISE_SIGNALS: Statement = {
  name: 'raise-signals',
  text: `WITH head AS (
      UPDATE accounts SET seq = accounts.seq + incoming.raised
      FROM ${unnested(NUMBERS, NUMBER_COLUMNS)}
      WHERE accounts.id = incoming.id AND accounts.epoch = incoming.epoch
      RETURNING accounts.id)
    ${insertFromArrays('signals', SIGNAL_COLUMNS)} WHERE (SELECT count(*) FROM head) = cardinality($${NUMBERS}::uuid[])`,
};
// Another account's signal of the same decision may have brought it before.
const INSERT_LINEAGE: Statement = {
  name: 'insert-lineage',
  text: `${insertFrom('signal_lineage', '$1', LINEAGE_COLUMNS)} ON CONFLICT DO NOTHING`,
};
const CHANGEABLE = [
  'state',
  'reason',
  'instance',
  'position',
  'filledVolume',
  'fillPrice',
  'openedUnits',
  'closedUnits',
  'updatedAt',
] as const satisfies readonly (keyof StoredSignal)[];
const CHANGE_SIGNALS: Statement = {
  name: 'change-signals',
  text: `UPDATE signals SET ${setList(SIGNAL_COLUMNS, CHANGEABLE)}
    FROM ${recordset('$1', SIGNAL_COLUMNS, ['id', ...CHANGEABLE])} WHERE signals.id = incoming.id`,
};
const INSERT_REFUSALS: Statement = {
  name: 'insert-refusals',
  text: insertFrom('signal_refusals', '$1', REFUSAL_COLUMNS),
};
const INSERT_EXECUTIONS: Statement = { name: 'insert-executions', text: insertFrom('executions', '$1', EXECUTION_COLUMNS) };
const INSERT_DEALS: Statement = { name: 'insert-deals', text: insertFrom('deals', '$1', DEAL_COLUMNS) };
const WRITE_SYMBOLS: Statement = {
  name: 'write-symbols',
  text: `${insertFrom('account_symbols', '$1', SYMBOL_COLUMNS)}
    ON CONFLICT (account_id, symbol_id) DO UPDATE SET symbol = excluded.symbol, details = excluded.details
    WHERE (account_symbols.symbol, account_symbols.details) IS DISTINCT FROM (excluded.symbol, excluded.details)`,
};
const NUMBER_SYMBOLS: Statement = {
  name: 'number-symbols',
  text: `UPDATE accounts SET symbol_seq = wanted."symbolSeq"
    FROM json_to_recordset($1::json) AS wanted (id uuid, "symbolSeq" integer) WHERE accounts.id = wanted.id`,
};

const HISTORY_TOLD: Statement = {
  name: 'history-told',
  text: 'UPDATE account_restores SET history_from_ms = NULL WHERE account_id = ANY($1::uuid[])',
};

/** What the operations name, table by table. */
function namedBy(ops: readonly LedgerOp[]) {
  const signalIds = new Set<string>();
  const signals: NewSignal[] = [];
  const refusals: unknown[] = [];
  const executions: unknown[] = [];
  const deals: unknown[] = [];
  const symbols: unknown[] = [];
  const commandIds: unknown[] = [];
  const commandCauses: unknown[] = [];
  const pick = <T extends object>(row: T, fields: readonly (keyof T)[]): unknown =>
    Object.fromEntries(fields.map((field) => [field, row[field]]));
  for (const op of ops) {
    if (op.kind === 'raise') {
      signalIds.add(op.signal.id);
      signals.push(op.signal);
    } else if (op.kind === 'refuse') refusals.push(pick(op.refusal, REFUSAL_KEY));
    else if (op.kind === 'transition') signalIds.add(op.signalId);
    else if (op.kind === 'result') {
      signalIds.add(op.execution.signalId);
      executions.push(pick(op.execution, EXECUTION_KEY));
    } else if (op.kind === 'deal') {
      if (op.deal.signalId !== null) signalIds.add(op.deal.signalId);
      deals.push(pick(op.deal, DEAL_KEY));
    } else if (op.kind === 'command') {
      commandIds.push(pick(op.command, COMMAND_ID));
      commandCauses.push(pick(op.command, COMMAND_KEY));
    } else if (op.kind === 'command-transition' || op.kind === 'command-result')
      commandIds.push({ accountId: op.accountId, id: op.commandId });
    else if (op.kind === 'symbols')
      for (const { brokerName } of op.symbols) symbols.push({ accountId: op.accountId, brokerName });
  }
  return { signalIds: [...signalIds], signals, refusals, executions, deals, symbols, commandIds, commandCauses };
}

/** Sent without waiting, in this order and answered in this order: what is read after the lock is what stands under it. */
async function readStanding(transaction: Transaction, ops: readonly LedgerOp[]): Promise<Standing> {
  const named = namedBy(ops);
  const accountIds = [...new Set(ops.map((op) => op.accountId))];
  const read = async <Row extends object>(statement: Statement, keys: readonly unknown[]): Promise<readonly Row[]> =>
    keys.length === 0 ? [] : transaction.rows<Row>(statement, [JSON.stringify(keys)]);
  const heads = transaction.rows<AccountHead>(LOCK_HEADS, [uuidArray(accountIds)]);
  const signals =
    named.signalIds.length === 0
      ? []
      : transaction.rows<StoredSignal>(READ_SIGNALS, [
          uuidArray(named.signalIds),
          ...rowArrays<Pick<StoredSignal, (typeof SIGNAL_KEY)[number]>>(SIGNAL_COLUMNS, named.signals, SIGNAL_KEY),
        ]);
  const keyed = [
    read(READ_REFUSALS, named.refusals),
    read(READ_EXECUTIONS, named.executions),
    read(READ_DEALS, named.deals),
    read(READ_SYMBOLS, named.symbols),
    named.commandIds.length === 0
      ? []
      : transaction.rows<CommandRow>(READ_COMMANDS, [JSON.stringify(named.commandIds), JSON.stringify(named.commandCauses)]),
  ] as const;
  const [headRows, signalRows, refusals, executions, deals, symbols, commands] = await Promise.all([heads, signals, ...keyed]);
  return { heads: headRows, signals: signalRows, refusals, executions, deals, symbols, commands } as Standing;
}

/** Of the signals to be raised, those whose id is taken, be it by a tenant whose rows cannot be seen here. */
async function readTakenIds(transaction: Transaction, ops: readonly LedgerOp[]): Promise<Set<string>> {
  const ids = ops.flatMap((op) => (op.kind === 'raise' ? [op.signal.id] : []));
  const rows = ids.length === 0 ? [] : await transaction.rows<{ id: string }>(TAKEN_IDS, [uuidArray(ids)]);
  return new Set(rows.map(({ id }) => id));
}

function write(transaction: Transaction, writes: Writes): void {
  const send = (statement: Statement, rows: readonly object[]): void => {
    if (rows.length > 0) transaction.send(statement, [JSON.stringify(rows)], rows.length);
  };
  if (writes.inserted.length > 0) {
    const values = [...rowArrays(SIGNAL_COLUMNS, writes.inserted), ...rowArrays(NUMBER_COLUMNS, writes.numbered)];
    transaction.send(RAISE_SIGNALS, values, writes.inserted.length);
  }
  if (writes.lineage.length > 0) transaction.send(INSERT_LINEAGE, [JSON.stringify(writes.lineage)]);
  send(CHANGE_SIGNALS, writes.changed);
  send(INSERT_REFUSALS, writes.refusals);
  send(INSERT_EXECUTIONS, writes.executions);
  send(INSERT_DEALS, writes.deals);
  send(INSERT_COMMANDS, writes.commands);
  send(CHANGE_COMMANDS, writes.changedCommands);
  if (writes.symbols.length > 0) transaction.send(WRITE_SYMBOLS, [JSON.stringify(writes.symbols)]);
  send(NUMBER_SYMBOLS, writes.symbolHeads);
  if (writes.historyTold.length > 0) transaction.send(HISTORY_TOLD, [writes.historyTold]);
}

/** The operations of each tenant, tenants in the order of their names; those of accounts that nobody has are left out. */
function byTenant(ops: readonly LedgerOp[], tenantOf: ReadonlyMap<string, string>): ReadonlyMap<string, readonly LedgerOp[]> {
  const groups = new Map<string, LedgerOp[]>();
  for (const op of ops) {
    const tenantId = tenantOf.get(op.accountId);
    if (tenantId === undefined) continue;
    const group = groups.get(tenantId);
    if (group === undefined) groups.set(tenantId, [op]);
    else group.push(op);
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a commit must know from elsewhere. */
export interface CommitContext {
  /** The tenants of those of the batch's accounts that there are. */
  readonly tenantOf: ReadonlyMap<string, string>;
  readonly trail: AuditTrail;
}

export async function commitOps(
  transaction: Transaction,
  ops: readonly LedgerOp[],
  { tenantOf, trail }: CommitContext,
): Promise<readonly OpResult[]> {
  const takenIds = readTakenIds(transaction, ops);
  const reading = [...byTenant(ops, tenantOf)].map(async ([tenantId, own]) => {
    transaction.actFor(tenantId);
    const [standing, head] = await Promise.all([readStanding(transaction, own), trail.lockHead(transaction, tenantId)]);
    return { tenantId, standing, head };
  });
  const [taken, read] = await Promise.all([takenIds, Promise.all(reading)]);
  const plans = new Map(read.map(({ tenantId, standing }) => [tenantId, new CommitPlan(standing, taken)]));
  const events = new Map<string, AuditEvent[]>(read.map(({ tenantId }) => [tenantId, []]));
  const results = ops.map((op): OpResult => {
    const tenantId = tenantOf.get(op.accountId) ?? '';
    const result = plans.get(tenantId)?.apply(op) ?? { kind: 'fenced' };
    const event = eventOf(op, result);
    if (event !== undefined) events.get(tenantId)?.push(event);
    return result;
  });
  for (const { tenantId, head } of read) {
    const chain = head ?? (await trail.beginChain(transaction, tenantId));
    transaction.actFor(tenantId);
    write(transaction, (plans.get(tenantId) as CommitPlan).writes());
    trail.append(transaction, chain, events.get(tenantId) ?? []);
  }
  return results;
}
