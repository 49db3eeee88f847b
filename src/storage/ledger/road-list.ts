/**
 * Statements for lists that people read. A list is read along a road: an index whose first columns say whose rows it is of, and
 * whose next are its order. What else is asked is held against the rows that are met on the way, of which a page meets a bounded
 * number. Where the way ends before the page is full, the page says where to go on.
 *
 * Without statistics, which PGlite never has, a planner takes an owner for so rare that it would rather collect all of its rows
 * and sort them; in these transactions it is told not to (`transaction.ts`, scopes `viewer` and `viewer-of-all`).
 */
import { LIMITS } from '../../limits.js';
import { type Columns, columnOf, selectList } from './columns.js';
import type { Page } from './ledger.js';
import { encodeCursor, type KeyKind, keyOfList } from './pages.js';
import type { PageWish } from './reads.js';
import type { Statement, Transaction } from './transaction.js';

export interface ListShape<Row> {
  /** In the names of statements and in cursors: a cursor continues the list that it is of. */
  readonly name: string;
  readonly table: string;
  readonly columns: Columns<Row>;
  /** The order; together they are unique among the rows of an owner. */
  readonly key: readonly (keyof Row & string)[];
  readonly descending: boolean;
  /** By which a span of time is asked for; absent where none can be. */
  readonly time?: keyof Row & string;
  /** What may be asked beside. */
  readonly filters: readonly (keyof Row & string)[];
}

/** Whose rows, by the column that says so; none for all. */
export type Road<Row> = Readonly<Partial<Record<keyof Row & string, string>>>;

export interface ListQuestion<Row> {
  readonly road: Road<Row>;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly filters: Readonly<Partial<Record<keyof Row & string, string | undefined>>>;
  readonly page: PageWish;
}

type KeyValue = string | number;
type Met<Row> = Row & { readonly beyond: boolean };

function kindOf(type: string): KeyKind {
  if (type === 'bigint' || type === 'integer') return 'number';
  if (type === 'uuid') return type;
  return type.startsWith('numeric') ? 'ticket' : 'text';
}

export class RoadList<Row extends object> {
  readonly shape: ListShape<Row>;
  readonly #statements = new Map<string, Statement>();

  constructor(shape: ListShape<Row>) {
    this.shape = shape;
  }

  async read(transaction: Transaction, { road, fromMs, toMs, filters, page }: ListQuestion<Row>): Promise<Page<Row>> {
    const { shape } = this;
    const owners = Object.entries(road) as [keyof Row & string, string][];
    const asked = shape.filters.flatMap((field) => (filters[field] === undefined ? [] : [[field, filters[field]] as const]));
    const span = shape.time === undefined ? [] : [fromMs ?? 0, toMs ?? Number.MAX_SAFE_INTEGER];
    const after = page.after === undefined ? undefined : this.#keyIn(page.after);
    const statement = this.#statement(
      owners.map(([field]) => field),
      asked.map(([field]) => field),
      after !== undefined,
    );
    const values = [...owners.map(([, value]) => value), ...span, ...(after ?? []), ...asked.map(([, value]) => value)];
    const met = await transaction.rows<Met<Row>>(statement, [...values, page.most + 1]);
    return this.#pageOf(met, page.most);
  }

  #pageOf(met: readonly Met<Row>[], most: number): Page<Row> {
    const found = met.filter(({ beyond }) => !beyond);
    const rows = found.slice(0, most).map(({ beyond: _, ...row }) => row as unknown as Row);
    // More than was wanted are there, or the way was too long.
    const last = found.length > most ? rows.at(-1) : met.find(({ beyond }) => beyond);
    return last === undefined ? { rows } : { rows, next: this.#cursorAt(last as Row) };
  }

  #cursorAt(row: Row): string {
    return encodeCursor([this.shape.name, ...this.shape.key.map((field) => row[field] as KeyValue)]);
  }

  #keyIn(cursor: string): readonly KeyValue[] {
    const { name, key, columns } = this.shape;
    const kinds = key.map((field) => kindOf(columns[field].type));
    return keyOfList(name, kinds, cursor);
  }

  #statement(owners: readonly (keyof Row & string)[], asked: readonly (keyof Row & string)[], following: boolean): Statement {
    const name = ['view', this.shape.name, ...owners, ...(following ? ['after'] : []), ...asked].join('-');
    const known = this.#statements.get(name);
    if (known !== undefined) return known;
    const statement = { name, text: this.#text(owners, asked, following) };
    this.#statements.set(name, statement);
    return statement;
  }

  #text(owners: readonly (keyof Row & string)[], asked: readonly (keyof Row & string)[], following: boolean): string {
    const { table, columns, key, descending, time } = this.shape;
    let parameter = 0;
    const next = (field: keyof Row & string): string => {
      parameter += 1;
      return `$${parameter}::${columns[field].type}`;
    };
    const names = key.map((field) => columns[field].key?.column ?? columns[field].column);
    const conditions = owners.map((field) => `${columnOf(columns, field)} = ${next(field)}`);
    if (time !== undefined)
      conditions.push(`${columnOf(columns, time)} >= ${next(time)} AND ${columnOf(columns, time)} < ${next(time)}`);
    if (following) {
      const values = key.map((field) => {
        const value = next(field);
        return columns[field].key?.of(value) ?? value;
      });
      conditions.push(`(${names.join(', ')}) ${descending ? '<' : '>'} (${values.join(', ')})`);
    }
    const order = (backwards: boolean) => `ORDER BY ${names.map((name) => `${name}${backwards ? ' DESC' : ''}`).join(', ')}`;
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
    const way = (columnList: string, limit: string) =>
      `SELECT ${columnList} FROM ${table}${where} ${order(descending)} LIMIT ${limit}`;
    if (asked.length === 0) return way(`${selectList(columns)}, false AS beyond`, `$${parameter + 1}::integer`);
    const fits = asked.map((field) => `${columnOf(columns, field)} = ${next(field)}`).join(' AND ');
    // Both lists name the columns of the table, so that keys keep theirs where they are read as something else.
    return `WITH way AS MATERIALIZED (${way('*', String(LIMITS.reads.metRows))})
      (SELECT ${selectList(columns)}, false AS beyond FROM way WHERE ${fits} ${order(descending)} LIMIT $${parameter + 1}::integer)
      UNION ALL
      (SELECT ${selectList(columns)}, true AS beyond FROM way
        WHERE (SELECT count(*) FROM way) = ${LIMITS.reads.metRows} ${order(!descending)} LIMIT 1)`;
  }
}
