/**
 * What is past its time in the ledger's tables: read, taken out and put back by a role of its own, which the policies let do
 * that and no more (schema/migrations/0008-archive.sql). A row goes only while every column of it is as it was archived, so a
 * row that has changed meanwhile stays.
 *
 * Columns are the table's own, asked of the catalogue: an archived row names columns, and those that the table still has are
 * compared and put back.
 */
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { AgedRows, ArchiveCatalogue, ArchivedObject, NewObject } from '../archive/archive-catalogue.js';
import type { ArchivedColumn, ArchivedRows, Cell } from '../archive/rows-file.js';
import { type Columns, insertFrom, selectList } from './columns.js';
import type { Statement, Transaction, Transactions } from './transaction.js';

interface Aging {
  /** Milliseconds since 1970, in SQL. */
  readonly age: string;
  /** What must be true of a row beside its age. */
  readonly when?: string;
  /** All rows of an object leave in one transaction, or none; and they do not come back. */
  readonly whole?: true;
}

/** What the policy lets go, whatever a node's clock says. */
const SEVEN_YEARS_OLD = '(extract(epoch FROM statement_timestamp()) * 1000 - 7 * 365.0 * 86400000)';
/**
 * Up to the newest place of each chain that an anchor older than that vouches for. One chain at a time: what is left of a chain
 * must begin behind an anchored place, or the log would not be whole.
 */
const ANCHORED = `EXISTS (SELECT FROM (
    SELECT firsts.writer, max(place.seq) AS upto
    FROM (SELECT writer, min(seq) AS first FROM audit_entries WHERE tenant_id = $2 GROUP BY writer) AS firsts
    JOIN (SELECT (head ->> 0)::bigint AS writer, (head ->> 1)::bigint AS seq
      FROM audit_anchors, json_array_elements(heads::json) AS head
      WHERE audit_anchors.tenant_id = $2 AND audit_anchors.at_ms < least($1, ${SEVEN_YEARS_OLD})) AS place
      ON place.writer = firsts.writer AND place.seq BETWEEN first AND first + ${LIMITS.archive.objectRows - 1}
    GROUP BY firsts.writer ORDER BY firsts.writer LIMIT 1) AS vouched
  WHERE audit_entries.writer = vouched.writer AND audit_entries.seq <= vouched.upto)`;

const CLOSED = `(signals.state IN ('REJECTED', 'EXPIRED', 'CANCELLED', 'CLOSED') OR signals.state = 'EXECUTED' AND signals.kind = 'CLOSE')`;
const signalOf = (table: string): string => `(SELECT ${CLOSED} FROM signals WHERE signals.id = ${table}.signal_id)`;

const AGING: Readonly<Record<string, Aging>> = {
  deals: { age: 'broker_time_ms', when: `(deals.signal_id IS NULL OR ${signalOf('deals')})` },
  // An EA's clock may have been anywhere when it told of one; the signal's age is ours.
  executions: {
    age: '(SELECT updated_at_ms FROM signals WHERE signals.id = executions.signal_id)',
    when: signalOf('executions'),
  },
  commands: { age: 'updated_at_ms', when: `commands.state IN ('EXECUTED', 'REJECTED', 'EXPIRED', 'CANCELLED')` },
  signal_refusals: { age: 'created_at_ms' },
  signal_lineage: { age: 'created_at_ms' },
  signals: {
    age: 'updated_at_ms',
    when: `${CLOSED}
      AND NOT EXISTS (SELECT FROM executions WHERE executions.signal_id = signals.id)
      AND NOT EXISTS (SELECT FROM deals WHERE deals.signal_id = signals.id)
      AND NOT EXISTS (SELECT FROM signals later WHERE later.target_id = signals.id)`,
  },
  balances: { age: 'at_ms' },
  risk_events: { age: 'at_ms' },
  usage: { age: 'hour_ms' },
  sign_ins: { age: 'expires_at_ms' },
  compliance_reports: { age: 'created_at_ms' },
  audit_entries: { age: 'at_ms', when: `audit_entries.at_ms < ${SEVEN_YEARS_OLD}`, whole: true },
};

const OBJECT_COLUMNS: Columns<ArchivedObject> = {
  name: { column: 'name', type: 'text' },
  kind: { column: 'kind', type: 'text' },
  tenantId: { column: 'tenant_id', type: 'text' },
  fromMs: { column: 'from_ms', type: 'bigint' },
  toMs: { column: 'to_ms', type: 'bigint' },
  rows: { column: 'row_count', type: 'bigint' },
  bytes: { column: 'bytes', type: 'bigint' },
  sha256: { column: 'sha256', type: 'text' },
  madeAt: { column: 'made_at_ms', type: 'bigint' },
  state: { column: 'state', type: 'text' },
  leftAt: { column: 'left_at_ms', type: 'bigint' },
  keepUntil: { column: 'keep_until_ms', type: 'bigint' },
  heldUntil: { column: 'held_until_ms', type: 'bigint' },
};
const OBJECT = selectList(OBJECT_COLUMNS);
const LIST: Statement = {
  name: 'list-archive',
  text: `SELECT ${OBJECT} FROM archive_objects WHERE $1::boolean OR state <> 'dropped' ORDER BY name`,
};
const ENTER: Statement = {
  name: 'enter-archive',
  // The same rows make the same object: one that is known is known again.
  text: `${insertFrom('archive_objects', '$1', OBJECT_COLUMNS)} ON CONFLICT (name) DO UPDATE SET state = 'kept', held_until_ms = 0`,
};
const LEFT: Statement = {
  name: 'left-archive',
  text: `UPDATE archive_objects SET state = 'left', left_at_ms = $2, keep_until_ms = $3 WHERE name = $1`,
};
const DROPPED: Statement = { name: 'dropped-archive', text: `UPDATE archive_objects SET state = 'dropped' WHERE name = $1` };
const HOLD: Statement = {
  name: 'hold-archive',
  text: `UPDATE archive_objects SET state = 'kept', held_until_ms = $2 WHERE name = $1 AND state <> 'dropped'`,
};
const COLUMNS_OF: Statement = {
  name: 'columns-of',
  text: `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required FROM pg_attribute
    WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
};

interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

const NUMBERS = new Set(['bigint', 'integer', 'double precision']);
const isNumber = ({ type }: TableColumn): boolean => NUMBERS.has(type);

function archivedColumn({ name, type, required }: TableColumn): ArchivedColumn {
  if (type === 'bigint' && required && name.endsWith('_ms')) return { name, type, kind: 'instant' };
  if (NUMBERS.has(type)) return { name, type, kind: required ? 'number' : 'optional' };
  return { name, type, kind: required ? 'text' : 'remark' };
}

/** `json_to_recordset($1) AS incoming (…)`: everything travels as its text, which gives each type back to the last bit. */
function incoming(columns: readonly TableColumn[]): string {
  return `json_to_recordset($1::json) AS incoming (${columns.map(({ name }) => `"${name}" text`).join(', ')})`;
}

const cellText = ({ name, type }: TableColumn): string => `incoming."${name}"::${type}`;

function textOf(cell: Cell): string | null {
  if (cell === null) return null;
  return Object.is(cell, -0) ? '-0' : String(cell);
}

export class SqlArchive implements ArchiveCatalogue {
  readonly kinds = Object.keys(AGING);

  constructor(readonly transactions: Pick<Transactions, 'run'>) {}

  tenants(kind: string, beforeMs: number): Promise<readonly string[]> {
    const { age, when = 'true' } = agingOf(kind);
    const text = `SELECT DISTINCT tenant_id AS name FROM ${kind} WHERE ${age} < $1 AND ${when} ORDER BY tenant_id`;
    return this.#keeping(async (transaction) =>
      (await transaction.rows<{ name: string }>({ name: `aged-tenants-${kind}`, text }, [beforeMs])).map(({ name }) => name),
    );
  }

  aged(kind: string, tenantId: string, beforeMs: number): Promise<AgedRows | undefined> {
    const { age, when = 'true', whole } = agingOf(kind);
    return this.#keeping(async (transaction) => {
      const own = await columnsOf(transaction, kind);
      const select = own.map((column) => (isNumber(column) ? `"${column.name}"` : `"${column.name}"::text AS "${column.name}"`));
      const found = await transaction.rows<Record<string, Cell>>(
        {
          name: `aged-${kind}`,
          text: `SELECT ${select.join(', ')}, ${age} AS "age of row" FROM ${kind} WHERE ${age} < $1 AND tenant_id = $2 AND ${when}
            AND NOT EXISTS (SELECT FROM archive_objects held WHERE held.kind = '${kind}' AND held.tenant_id = $2
              AND held.state = 'kept' AND ${age} BETWEEN held.from_ms AND held.to_ms)
            ${whole ? `AND ${ANCHORED} ORDER BY writer, seq` : `ORDER BY "age of row", ctid`} LIMIT ${LIMITS.archive.objectRows}`,
        },
        [beforeMs, tenantId],
      );
      const ages = found.map((row) => row['age of row'] as number);
      if (ages.length === 0) return undefined;
      const rows = found.map((row) => own.map(({ name }) => row[name] ?? null));
      return { kind, tenantId, columns: own.map(archivedColumn), rows, fromMs: Math.min(...ages), toMs: Math.max(...ages) };
    });
  }

  async enter(object: NewObject): Promise<void> {
    const entered: ArchivedObject = { ...object, state: 'kept', leftAt: null, keepUntil: null, heldUntil: 0 };
    await this.#keeping((transaction) => transaction.rows(ENTER, [JSON.stringify([entered])]));
  }

  async takeOut(archived: ArchivedRows, signal: AbortSignal): Promise<number> {
    const { kind } = archived;
    const { when = 'true', whole } = agingOf(kind);
    const step = whole ? archived.rows.length : LIMITS.jobs.stepRows;
    let went = 0;
    for (let from = 0; from < archived.rows.length; from += step) {
      signal.throwIfAborted();
      const rows = archived.rows.slice(from, from + step);
      went += await this.#keeping(async (transaction) => {
        const columns = present(await columnsOf(transaction, kind), archived);
        const same = columns.map((column) => {
          const equals = column.required ? '=' : 'IS NOT DISTINCT FROM';
          return `${kind}."${column.name}" ${equals} ${cellText(column)}`;
        });
        const gone = await transaction.rows(
          {
            name: `take-out-${kind}-${columns.length}`,
            text: `DELETE FROM ${kind} USING ${incoming(columns)} WHERE ${same.join(' AND ')} AND ${when} RETURNING 1 AS one`,
          },
          [jsonOf(archived, rows)],
        );
        if (whole && gone.length !== rows.length)
          await noneLeft(transaction, kind, same, incoming(columns), jsonOf(archived, rows));
        return gone.length;
      });
    }
    return went;
  }

  async left(name: string, leftAt: number, keepUntil: number | null): Promise<void> {
    await this.#keeping((transaction) => transaction.rows(LEFT, [name, leftAt, keepUntil]));
  }

  async dropped(name: string): Promise<void> {
    await this.#keeping((transaction) => transaction.rows(DROPPED, [name]));
  }

  async hold(name: string, heldUntil: number): Promise<void> {
    await this.#keeping((transaction) => transaction.rows(HOLD, [name, heldUntil]));
  }

  async putBack(name: string, archived: ArchivedRows, heldUntil: number): Promise<number> {
    const { kind } = archived;
    if (agingOf(kind).whole)
      throw new SuhoError('CONFLICT', `${kind} that have left do not come back into their chains; look at them in a file`);
    // Held before the first row is back: a run in between would take it out again.
    await this.hold(name, heldUntil);
    let back = 0;
    for (let from = 0; from < archived.rows.length; from += LIMITS.jobs.stepRows) {
      const rows = archived.rows.slice(from, from + LIMITS.jobs.stepRows);
      back += await this.#keeping(async (transaction) => {
        const own = await columnsOf(transaction, kind);
        const columns = present(own, archived);
        const names = columns.map(({ name }) => `"${name}"`).join(', ');
        const same = columns.map((column) => `there."${column.name}" IS NOT DISTINCT FROM ${cellText(column)}`);
        const inserted = await transaction.rows(
          {
            name: `put-back-${kind}-${columns.length}`,
            // Balances have no key that would know a row again.
            text: `INSERT INTO ${kind} (${names}) SELECT ${columns.map(cellText).join(', ')} FROM ${incoming(columns)}
              WHERE NOT EXISTS (SELECT FROM ${kind} there WHERE ${same.join(' AND ')})
              ON CONFLICT DO NOTHING RETURNING 1 AS one`,
          },
          [jsonOf(archived, rows)],
        );
        return inserted.length;
      });
    }
    return back;
  }

  objects(all = false): Promise<readonly ArchivedObject[]> {
    return this.#keeping((transaction) => transaction.rows<ArchivedObject>(LIST, [all]));
  }

  #keeping<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.transactions.run('keeper', work);
  }
}

/** That fewer went than there were is well where an earlier run was cut off after its commit, and none is there any more. */
async function noneLeft(
  transaction: Transaction,
  kind: string,
  same: readonly string[],
  from: string,
  rows: string,
): Promise<void> {
  const [left] = await transaction.rows<{ count: number }>(
    {
      name: `left-of-${kind}-${same.length}`,
      text: `SELECT count(*)::int AS count FROM ${kind}, ${from} WHERE ${same.join(' AND ')}`,
    },
    [rows],
  );
  if (left?.count !== 0) throw new SuhoError('CONFLICT', `rows of ${kind} can only leave together, and some may not`);
}

function agingOf(kind: string): Aging {
  const aging = Object.hasOwn(AGING, kind) ? AGING[kind] : undefined;
  if (aging === undefined) throw new SuhoError('INPUT_INVALID', `rows of ${kind} neither leave the ledger nor come back into it`);
  return aging;
}

function columnsOf(transaction: Transaction, kind: string): Promise<readonly TableColumn[]> {
  return transaction.rows<TableColumn & Record<string, unknown>>(COLUMNS_OF, [kind]);
}

/** The table's columns that the archived rows have. */
function present(own: readonly TableColumn[], { kind, columns }: ArchivedRows): readonly TableColumn[] {
  const known = new Map(own.map((column) => [column.name, column]));
  return columns.map(({ name, type }) => {
    const column = known.get(name);
    if (column?.type !== type)
      throw new SuhoError('CONFLICT', `the archived rows have a column ${name} of ${type} that ${kind} has no more`);
    return column;
  });
}

function jsonOf({ columns }: ArchivedRows, rows: readonly (readonly Cell[])[]): string {
  return JSON.stringify(rows.map((row) => Object.fromEntries(columns.map(({ name }, at) => [name, textOf(row[at] ?? null)]))));
}
