/**
 * Keyset pages: each continues after the key of the last row seen, so it costs the same wherever it starts, and rows that
 * come meanwhile neither shift nor double anything. The key travels as an opaque text.
 */
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { type Columns, selectList } from './columns.js';
import type { Page } from './ledger.js';
import { isUuid } from './op-shape.js';
import type { Statement, Transaction } from './transaction.js';

type KeyValue = string | number;

export function encodeCursor(key: readonly KeyValue[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The key in a cursor; every value must be of the type that `like` has at its place. */
export function decodeCursor(cursor: string, like: readonly ('text' | 'number')[]): readonly KeyValue[] {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    key = undefined;
  }
  const fits = (value: unknown, at: number): boolean =>
    like[at] === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && !value.includes('\0');
  if (!Array.isArray(key) || key.length !== like.length || !key.every(fits)) {
    throw new SuhoError('INPUT_INVALID', `"${cursor}" does not continue a listing of the ledger.`);
  }
  return key;
}

/** What a value in a cursor must be, so that no database is asked what it cannot read. */
export type KeyKind = 'number' | 'text' | 'uuid' | 'ticket';

/** The key in a cursor of the list of that name. */
export function keyOfList(name: string, kinds: readonly KeyKind[], cursor: string): readonly KeyValue[] {
  const [of, ...key] = decodeCursor(cursor, ['text', ...kinds.map((kind) => (kind === 'number' ? kind : 'text'))]);
  const fits = (value: KeyValue, at: number): boolean =>
    (kinds[at] !== 'uuid' || isUuid(String(value))) && (kinds[at] !== 'ticket' || /^\d{1,20}$/.test(String(value)));
  if (of === name && key.every(fits)) return key;
  throw new SuhoError('INPUT_INVALID', `"${cursor}" does not continue a list of ${name}.`);
}

export interface Listing<Row> {
  readonly first: Statement;
  readonly following: Statement;
  readonly key: readonly (keyof Row & string)[];
  readonly like: readonly ('text' | 'number')[];
}

export function listing<Row>(
  table: string,
  columns: Columns<Row>,
  key: readonly (keyof Row & string)[],
  condition = 'true',
  parameters = 0,
): Listing<Row> {
  const names = key.map((field) => columns[field].key?.column ?? columns[field].column);
  const values = key.map((field, at) => {
    const value = `$${parameters + at + 1}::${columns[field].type}`;
    return columns[field].key?.of(value) ?? value;
  });
  const select = `SELECT ${selectList(columns)} FROM ${table} WHERE ${condition}`;
  const order = `ORDER BY ${names.join(', ')} LIMIT ${LIMITS.ledger.pageRows + 1}`;
  return {
    first: { name: `list-${table}-${parameters}`, text: `${select} ${order}` },
    following: {
      name: `list-${table}-${parameters}-after`,
      text: `${select} AND (${names.join(', ')}) > (${values.join(', ')}) ${order}`,
    },
    key,
    like: key.map((field) => (['bigint', 'integer'].includes(columns[field].type) ? 'number' : 'text')),
  };
}

export async function readPage<Row extends object>(
  transaction: Transaction,
  { first, following, key, like }: Listing<Row>,
  after: string | undefined,
  values: readonly unknown[] = [],
): Promise<Page<Row>> {
  const rows =
    after === undefined
      ? await transaction.rows<Row>(first, values)
      : await transaction.rows<Row>(following, [...values, ...decodeCursor(after, like)]);
  const shown = rows.slice(0, LIMITS.ledger.pageRows);
  const last = shown.at(-1);
  if (rows.length === shown.length || last === undefined) return { rows: shown };
  return { rows: shown, next: encodeCursor(key.map((field) => last[field] as KeyValue)) };
}
