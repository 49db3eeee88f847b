/**
 * Stores rows of history, each once. All of a tenant's in one statement, whose first part moves the writer's mark: the row of
 * the mark is locked by it until the transaction ends, so that a batch that is sent again while nobody knows what became of
 * its COMMIT waits for that, and then begins behind what was stored.
 *
 * Rows travel as one array a column. Tenants and amounts go in a fixed order, so that two nodes never wait for each other.
 */
import { LIMITS } from '../../limits.js';
import { assert } from '../../runtime/assert.js';
import { BALANCE_COLUMNS, type Columns, RISK_EVENT_COLUMNS, selectList, USAGE_COLUMNS } from './columns.js';
import {
  type BalanceRow,
  HISTORY_TABLES,
  type HistoryBatch,
  type HistoryRows,
  type HistoryTable,
  type PlacedRow,
  PRESENCE_EVENTS,
  type PresenceRow,
  type UsageRow,
} from './history.js';
import type { Statement, Transaction } from './transaction.js';

const COLUMNS: { readonly [Table in HistoryTable]: Columns<HistoryRows[Table]> } = {
  balances: BALANCE_COLUMNS,
  riskEvents: RISK_EVENT_COLUMNS,
  usage: USAGE_COLUMNS,
};
const NAMES: Readonly<Record<HistoryTable, string>> = { balances: 'balances', riskEvents: 'risk_events', usage: 'usage' };

/** Tenant, writer, newest place, time. */
const MARK_PARAMETERS = 4;
const MOVE_MARK = `INSERT INTO history_marks AS mark (tenant_id, writer, place, place_before, written_at_ms)
    VALUES ($1, $2, $3, 0, $4)
    ON CONFLICT (tenant_id, writer) DO UPDATE SET place = greatest(mark.place, excluded.place), place_before = mark.place,
      written_at_ms = excluded.written_at_ms
    RETURNING place_before`;

interface Field {
  readonly field: string;
  readonly column: string;
  readonly type: string;
}

/** All but the tenant, which is the same for each row of a statement. */
function fieldsOf(table: HistoryTable): readonly Field[] {
  return Object.entries(COLUMNS[table])
    .filter(([field]) => field !== 'tenantId')
    .map(([field, { column, type }]) => ({ field, column, type }));
}

function insertOf(table: HistoryTable, firstParameter: number): string {
  const fields = fieldsOf(table);
  const columns = fields.map(({ column }) => column);
  const arrays = ['bigint', ...fields.map(({ type }) => type)].map((type, at) => `$${firstParameter + at}::${type}[]`);
  const incoming = `unnest(${arrays.join(', ')}) AS incoming (place, ${columns.join(', ')})
      WHERE incoming.place > (SELECT place_before FROM moved)`;
  if (table !== 'usage') {
    const into = `INSERT INTO ${NAMES[table]} (tenant_id, ${columns.join(', ')}) SELECT $1, ${columns.join(', ')} FROM ${incoming}`;
    return table === 'riskEvents' ? `${into} ON CONFLICT (id) DO NOTHING` : into;
  }
  // One statement may change a row once: what belongs together is added up before.
  return `INSERT INTO usage (tenant_id, hour_ms, what, amount)
      SELECT $1, hour_ms, what, sum(amount)::bigint FROM ${incoming} GROUP BY hour_ms, what ORDER BY hour_ms, what
      ON CONFLICT (tenant_id, hour_ms, what) DO UPDATE SET amount = usage.amount + excluded.amount`;
}

/** The statement for rows of these tables, made once. */
const STATEMENTS = new Map<string, Statement>();

function statementFor(tables: readonly HistoryTable[]): Statement {
  const name = `history-${tables.map((table) => NAMES[table]).join('-')}`;
  const known = STATEMENTS.get(name);
  if (known !== undefined) return known;
  let parameter = MARK_PARAMETERS + 1;
  const parts = tables.map((table) => {
    const insert = insertOf(table, parameter);
    parameter += 1 + fieldsOf(table).length;
    return `${table.toLowerCase()} AS (${insert})`;
  });
  const statement = { name, text: `WITH moved AS (${MOVE_MARK}), ${parts.join(', ')} SELECT FROM moved` };
  STATEMENTS.set(name, statement);
  return statement;
}

function arraysOf(table: HistoryTable, rows: readonly PlacedRow[]): unknown[][] {
  const cells = (field: string): unknown[] => rows.map(({ row }) => (row as unknown as Record<string, unknown>)[field]);
  return [rows.map(({ place }) => place), ...fieldsOf(table).map(({ field }) => cells(field))];
}

export function byTenant(rows: readonly PlacedRow[]): ReadonlyMap<string, readonly PlacedRow[]> {
  const tenants = new Map<string, PlacedRow[]>();
  for (const placed of rows) {
    const { tenantId } = placed.row;
    const own = tenants.get(tenantId);
    if (own === undefined) tenants.set(tenantId, [placed]);
    else own.push(placed);
  }
  return new Map([...tenants].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function insertHistory(transaction: Transaction, { writer, atMs, rows }: HistoryBatch): void {
  const tenants = byTenant(rows);
  assert(tenants.size <= LIMITS.ledger.batchTenants, 'a batch of history is of no more tenants than a commit');
  for (const [tenantId, own] of tenants) {
    const tables = HISTORY_TABLES.filter((table) => own.some((placed) => placed.table === table));
    const arrays = tables.flatMap((table) =>
      arraysOf(
        table,
        own.filter((placed) => placed.table === table),
      ),
    );
    transaction.actFor(tenantId);
    transaction.send(statementFor(tables), [tenantId, writer, (own.at(-1) as PlacedRow).place, atMs, ...arrays], 1);
  }
}

const BALANCES = selectList(BALANCE_COLUMNS);
const NEWEST: Statement = {
  name: 'newest-balances',
  text: `SELECT newest.* FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT ${BALANCES} FROM balances WHERE account_id = wanted.id ORDER BY at_ms DESC LIMIT 1) AS newest`,
};
const OF_ACCOUNT: Statement = {
  name: 'balances-of-account',
  text: `SELECT ${BALANCES} FROM balances WHERE account_id = $1 AND at_ms >= $2 AND at_ms < $3
    ORDER BY at_ms LIMIT ${LIMITS.ledger.pageRows}`,
};
const USAGE_SINCE: Statement = {
  name: 'usage-since',
  text: `SELECT ${selectList(USAGE_COLUMNS)} FROM usage WHERE tenant_id = ANY ($1::text[]) AND hour_ms >= $2
    ORDER BY tenant_id, hour_ms, what`,
};

const PRESENCE: Statement = {
  name: 'presence-of-accounts',
  text: `SELECT accounts.id AS "accountId", accounts.tenant_id AS "tenantId", accounts.epoch, session.epoch AS "sessionEpoch",
      session.claimed_at_ms AS "claimedAt", money.at_ms AS "toldAt", event.kind AS event, event.at_ms AS "eventAt"
    FROM unnest($1::uuid[]) AS wanted (wanted_id) JOIN accounts ON accounts.id = wanted.wanted_id
      CROSS JOIN LATERAL (SELECT epoch, claimed_at_ms FROM sessions WHERE account_id = wanted.wanted_id
        ORDER BY epoch DESC LIMIT 1) AS session
      LEFT JOIN LATERAL (SELECT at_ms FROM balances WHERE account_id = wanted.wanted_id
        ORDER BY at_ms DESC LIMIT 1) AS money ON true
      LEFT JOIN LATERAL (SELECT kind, at_ms FROM risk_events WHERE account_id = wanted.wanted_id AND kind = ANY ($2::text[])
        ORDER BY at_ms DESC LIMIT 1) AS event ON true
    ORDER BY accounts.id`,
};

export function readPresence(transaction: Transaction, accountIds: readonly string[]): Promise<readonly PresenceRow[]> {
  return transaction.rows<PresenceRow>(PRESENCE, [accountIds, PRESENCE_EVENTS]);
}

export function readNewestBalances(transaction: Transaction, accountIds: readonly string[]): Promise<readonly BalanceRow[]> {
  return transaction.rows<BalanceRow>(NEWEST, [accountIds]);
}

export function readBalances(transaction: Transaction, span: readonly [string, number, number]): Promise<readonly BalanceRow[]> {
  return transaction.rows<BalanceRow>(OF_ACCOUNT, span);
}

export function readUsage(transaction: Transaction, tenantIds: readonly string[], fromMs: number): Promise<readonly UsageRow[]> {
  return transaction.rows<UsageRow>(USAGE_SINCE, [tenantIds, fromMs]);
}
