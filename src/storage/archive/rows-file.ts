/**
 * Rows of a table as a Parquet file with zstd, and back. The file says in its footer what it is of and how each column was
 * typed where it came from, so that it can be read, and put back, without this program's tables.
 */
import { Zstd } from '@hpcc-js/wasm-zstd';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { SuhoError, sentence } from '../../errors.js';
import { type ParquetColumn, ParquetFile } from '../parquet/parquet-file.js';

export type Cell = string | number | null;

export interface ArchivedColumn extends ParquetColumn {
  /** Its type in the table that it came from, as SQL. */
  readonly type: string;
}

/** Rows of a table; a cell for each column. */
export interface ArchivedRows {
  readonly kind: string;
  /** '' where rows have no tenant. */
  readonly tenantId: string;
  readonly columns: readonly ArchivedColumn[];
  readonly rows: readonly (readonly Cell[])[];
}

/** What the seeds ask of the cold tier. */
const LEVEL = 9;

export async function encodeRows({ kind, tenantId, columns, rows }: ArchivedRows): Promise<Uint8Array> {
  const zstd = await Zstd.load();
  const pieces: Uint8Array[] = [];
  const file = new ParquetFile({
    columns,
    metadata: { kind, tenant: tenantId, columns: JSON.stringify(columns) },
    createdBy: 'suho',
    sink: (bytes) => pieces.push(bytes),
    compressor: { codec: 'ZSTD', compress: (bytes) => zstd.compress(bytes, LEVEL) },
  });
  for (const row of rows) file.add(row);
  file.end();
  return Buffer.concat(pieces);
}

export async function decodeRows(bytes: Uint8Array, name: string): Promise<ArchivedRows> {
  const zstd = await Zstd.load();
  try {
    // A view into a larger buffer would be read from that buffer's beginning.
    const file = new Uint8Array(bytes).buffer;
    const told = new Map(parquetMetadata(file).key_value_metadata?.map(({ key, value }) => [key, value ?? '']));
    const columns = JSON.parse(told.get('columns') ?? '') as readonly ArchivedColumn[];
    const found = await parquetReadObjects({ file, compressors: { ZSTD: (input) => zstd.decompress(input) } });
    const rows = found.map((row) => columns.map((column) => cellOf(row[column.name])));
    return { kind: told.get('kind') ?? '', tenantId: told.get('tenant') ?? '', columns, rows };
  } catch (error) {
    throw new SuhoError('INPUT_INVALID', `${name} is not an object of the archive: ${sentence(error)}`, { cause: error });
  }
}

function cellOf(value: unknown): Cell {
  if (value instanceof Date) return value.getTime();
  return value === undefined ? null : (value as Cell);
}

/** A row under its columns' names, instants as milliseconds. */
export function namedRow({ columns }: ArchivedRows, row: readonly Cell[]): Readonly<Record<string, Cell>> {
  return Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null]));
}
