/**
 * Rows as the text that ClickHouse reads (JSONCompactEachRow): made once, when a row is handed over, so that queue, spill
 * and every retry carry the same bytes and nothing is built again.
 */
import { CATALOGUE_VERSION } from '../../features/catalogue-version.js';
import type { FeatureRow } from '../../features/feature-rows.js';
import { LABEL_COLUMNS } from '../../features/labels.js';
import { COLUMNS } from '../../indicators/registry.js';
import { assert } from '../../runtime/assert.js';
import { type ColumnKind, columnOf, type RowOf, TABLES, type TableName } from './tables.js';

const NONE = 'null';

/** Every column of `features` that the catalogue gives it, in order. */
export const FEATURE_COLUMNS: readonly string[] = [...COLUMNS, ...LABEL_COLUMNS];

/** Columns of a table in the order in which `encodeRow` writes them. */
export const COLUMN_NAMES = Object.fromEntries(
  Object.entries(TABLES).map(([name, { columns }]) => {
    const own = Object.keys(columns).map(columnOf);
    return [name, name === 'features' ? [...own, ...FEATURE_COLUMNS] : own];
  }),
) as unknown as Readonly<Record<TableName, readonly string[]>>;

/** The shortest text that reads back as the same number, the sign of −0 with it. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function optionalText(value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? numberText(value) : NONE;
}

/** Seconds with three decimals: the one form of an instant that has no second reading. */
function instantText(timeMs: unknown): string {
  return `"${(finite(timeMs) / 1_000).toFixed(3)}"`;
}

function finite(value: unknown): number {
  assert(typeof value === 'number' && Number.isFinite(value), 'a column that must have a number has one');
  return value;
}

/** A value as the text of its column's kind. */
export const TEXTS: Readonly<Record<ColumnKind, (value: unknown) => string>> = {
  text: JSON.stringify,
  word: JSON.stringify,
  number: (value) => numberText(finite(value)),
  optional: optionalText,
  count: (value) => String(finite(value)),
  long: (value) => String(finite(value)),
  integer: (value) => String(finite(value)),
  instant: instantText,
  later: (value) => (typeof value === 'number' ? instantText(value) : NONE),
  flag: (value) => (value === true ? 'true' : 'false'),
  numbers: (value) =>
    `[${Array.from(value as ArrayLike<number>, finite)
      .map(numberText)
      .join(',')}]`,
  words: (value) => JSON.stringify(value),
  figures: (value) => JSON.stringify(value),
};

type Cell = readonly [field: string, text: (value: unknown) => string];
const CELLS = new Map<TableName, readonly Cell[]>(
  Object.entries(TABLES).map(([name, { columns }]) => [
    name as TableName,
    Object.entries(columns).map(([field, kind]): Cell => [field, TEXTS[kind as ColumnKind]]),
  ]),
);

/** Share of the catalogue's columns that have a value. */
function completeness(values: Float64Array): number {
  let known = 0;
  for (const value of values) if (Number.isFinite(value)) known += 1;
  return known / values.length;
}

function encodeFeatures({ candle, values, labels }: FeatureRow): string {
  assert(values.length === COLUMNS.length, 'a row of features has every column of the catalogue');
  const bar = encodeFields('features', { ...candle, catalogue: CATALOGUE_VERSION, completeness: completeness(values) });
  let line = bar.slice(0, -1);
  for (const value of values) line += `,${optionalText(value)}`;
  for (let at = 0; at < LABEL_COLUMNS.length; at++) line += `,${optionalText(labels[at])}`;
  return `${line}]`;
}

function encodeFields(table: TableName, row: object): string {
  const fields = row as Readonly<Record<string, unknown>>;
  let line = '';
  for (const [field, text] of CELLS.get(table) as readonly Cell[]) line += `${line === '' ? '[' : ','}${text(fields[field])}`;
  return `${line}]`;
}

/** One line, without its end. */
export function encodeRow<T extends TableName>(table: T, row: RowOf<T>): string {
  return table === 'features' ? encodeFeatures(row as FeatureRow) : encodeFields(table, row);
}
