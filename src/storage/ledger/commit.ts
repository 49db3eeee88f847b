/**
 * A batch in one transaction of few statements: lock the accounts in the order of their ids (so that two nodes cannot wait
 * for each other), read what the operations name, decide, write each table once. The statement that inserts signals raises
 * the accounts' numbers under their epochs, and inserts nothing unless it raised them all: it fences, numbers and inserts.
 */
import {
  type Columns,
  columnOf,
  DEAL_COLUMNS,
  EXECUTION_COLUMNS,
  insertFrom,
  REFUSAL_COLUMNS,
  recordset,
  SIGNAL_COLUMNS,
  type StoredSignal,
  SYMBOL_COLUMNS,
  selectList,
  setList,
} from './columns.js';
import { type AccountHead, CommitPlan, type Standing, type Writes } from './commit-plan.js';
import type { LedgerOp, OpResult } from './ledger.js';
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
      SELECT signals.id FROM ${recordset('$2', SIGNAL_COLUMNS, SIGNAL_KEY)} JOIN signals
        ON ${SIGNAL_KEY.map((field) => `signals.${columnOf(SIGNAL_COLUMNS, field)} = incoming."${field}"`).join(' AND ')})`,
};
const REFUSAL_KEY = ['accountId', 'closeTime', 'strategy', 'symbol', 'timeframe', 'direction'] as const;
const READ_REFUSALS = rowsWithKeys('read-refusals', 'signal_refusals', REFUSAL_COLUMNS, REFUSAL_KEY);
const EXECUTION_KEY = ['accountId', 'signalId', 'attempt', 'outcome'] as const;
const READ_EXECUTIONS = rowsWithKeys('read-executions', 'executions', EXECUTION_COLUMNS, EXECUTION_KEY);
const DEAL_KEY = ['accountId', 'deal'] as const;
const READ_DEALS = rowsWithKeys('read-deals', 'deals', DEAL_COLUMNS, DEAL_KEY);
const SYMBOL_KEY = ['accountId', 'brokerName'] as const;
const READ_SYMBOLS: Statement = {
  name: 'read-symbols',
  text: `SELECT account_symbols.account_id AS "accountId", symbol_id AS "symbolId", tenant_id AS "tenantId",
      broker_name AS "brokerName", account_symbols.symbol, details
    FROM ${recordset('$1', SYMBOL_COLUMNS, SYMBOL_KEY)} JOIN account_symbols
      ON account_symbols.account_id = incoming."accountId" AND account_symbols.broker_name = incoming."brokerName"`,
};

// The comparison of counts is made once; a join of the two lists would be made pair by pair.
const RAISE_SIGNALS: Statement = {
  name: 'raise-signals',
  text: `WITH head AS (
      UPDATE accounts SET seq = accounts.seq + wanted.raised
      FROM json_to_recordset($2::json) AS wanted (id uuid, epoch bigint, raised bigint)
      WHERE accounts.id = wanted.id AND accounts.epoch = wanted.epoch
      RETURNING accounts.id)
    ${insertFrom('signals', '$1', SIGNAL_COLUMNS)} WHERE (SELECT count(*) FROM head) = json_array_length($2::json)`,
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

/** What the operations name, table by table. */
function namedBy(ops: readonly LedgerOp[]) {
  const signalIds = new Set<string>();
  const signals: unknown[] = [];
  const refusals: unknown[] = [];
  const executions: unknown[] = [];
  const deals: unknown[] = [];
  const symbols: unknown[] = [];
  const pick = <T extends object>(row: T, fields: readonly (keyof T)[]): unknown =>
    Object.fromEntries(fields.map((field) => [field, row[field]]));
  for (const op of ops) {
    if (op.kind === 'raise') {
      signalIds.add(op.signal.id);
      signals.push(pick(op.signal, SIGNAL_KEY));
    } else if (op.kind === 'refuse') refusals.push(pick(op.refusal, REFUSAL_KEY));
    else if (op.kind === 'transition') signalIds.add(op.signalId);
    else if (op.kind === 'result') {
      signalIds.add(op.execution.signalId);
      executions.push(pick(op.execution, EXECUTION_KEY));
    } else if (op.kind === 'deal') {
      if (op.deal.signalId !== null) signalIds.add(op.deal.signalId);
      deals.push(pick(op.deal, DEAL_KEY));
    } else for (const { brokerName } of op.symbols) symbols.push({ accountId: op.accountId, brokerName });
  }
  return { signalIds: [...signalIds], signals, refusals, executions, deals, symbols };
}

async function readStanding(transaction: Transaction, ops: readonly LedgerOp[]): Promise<Standing> {
  const named = namedBy(ops);
  const accountIds = [...new Set(ops.map((op) => op.accountId))];
  const read = async <Row extends object>(statement: Statement, keys: readonly unknown[]): Promise<readonly Row[]> =>
    keys.length === 0 ? [] : transaction.rows<Row>(statement, [JSON.stringify(keys)]);
  // Sent in this order and answered in this order: what is read after the lock is what stands under it.
  const heads = transaction.rows<AccountHead>(LOCK_HEADS, [accountIds]);
  const signals =
    named.signalIds.length === 0
      ? []
      : transaction.rows<StoredSignal>(READ_SIGNALS, [named.signalIds, JSON.stringify(named.signals)]);
  const keyed = [
    read(READ_REFUSALS, named.refusals),
    read(READ_EXECUTIONS, named.executions),
    read(READ_DEALS, named.deals),
    read(READ_SYMBOLS, named.symbols),
  ] as const;
  const [headRows, signalRows, refusals, executions, deals, symbols] = await Promise.all([heads, signals, ...keyed]);
  return { heads: headRows, signals: signalRows, refusals, executions, deals, symbols } as Standing;
}

function write(transaction: Transaction, writes: Writes): void {
  const send = (statement: Statement, rows: readonly object[]): void => {
    if (rows.length > 0) transaction.send(statement, [JSON.stringify(rows)], rows.length);
  };
  if (writes.inserted.length > 0) {
    const values = [JSON.stringify(writes.inserted), JSON.stringify(writes.numbered)];
    transaction.send(RAISE_SIGNALS, values, writes.inserted.length);
  }
  send(CHANGE_SIGNALS, writes.changed);
  send(INSERT_REFUSALS, writes.refusals);
  send(INSERT_EXECUTIONS, writes.executions);
  send(INSERT_DEALS, writes.deals);
  if (writes.symbols.length > 0) transaction.send(WRITE_SYMBOLS, [JSON.stringify(writes.symbols)]);
  send(NUMBER_SYMBOLS, writes.symbolHeads);
}

export async function commitOps(transaction: Transaction, ops: readonly LedgerOp[]): Promise<readonly OpResult[]> {
  const plan = new CommitPlan(await readStanding(transaction, ops));
  const results = ops.map((op) => plan.apply(op));
  write(transaction, plan.writes());
  return results;
}
