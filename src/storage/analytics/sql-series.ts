/**
 * What of analytics goes to the archive, and how it comes back. Rows are read merged, as every query does, in the order of all
 * their columns. A column that Parquet has no plain type for travels as its JSON; 64 bits as their digits.
 */
import { SuhoError } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { AgingSeries, SeriesDay, SeriesSpan } from '../archive/aging-series.js';
import type { ArchivedColumn, ArchivedRows, Cell } from '../archive/rows-file.js';
import type { ParquetKind } from '../parquet/parquet-file.js';
import type { AnalyticsEngine, EngineSettings } from './engine.js';
import { type Bound, within } from './named-query.js';
import { TEXTS } from './rows.js';
import { ARCHIVED_TABLES, CLICKHOUSE_TYPES, type ColumnKind, columnOf, sqlName, TABLES, type TableName } from './tables.js';

interface Source {
  readonly table: TableName;
  /** Of logs. */
  readonly level?: string;
}

const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'];
const SOURCES: ReadonlyMap<string, Source> = new Map(
  ARCHIVED_TABLES.flatMap((table): readonly (readonly [string, Source])[] =>
    table === 'logs'
      ? LEVELS.map((level) => [`logs.${level}`, { table, level }] as const)
      : [[`analytics.${columnOf(table)}`, { table }] as const],
  ),
);

const DAY_MS = 86_400_000;
/** No span is parted finer: what is of one millisecond is one object. */
const LEAST_SPAN_MS = 1;
const READ_SETTINGS: EngineSettings = {
  final: 1,
  do_not_merge_across_partitions_select_final: 1,
  output_format_json_quote_64bit_integers: 0,
  max_execution_time: LIMITS.analytics.queryMs / 1_000,
};
/** Rows that come back are as they were once before: an engine that knows them must take them all the same. */
const BACK_SETTINGS: EngineSettings = { max_partitions_per_insert_block: 0, insert_deduplicate: 0 };

const PARQUET_KINDS: Readonly<Partial<Record<ColumnKind, ParquetKind>>> = {
  instant: 'instant',
  later: 'optional',
  number: 'number',
  optional: 'optional',
  count: 'number',
  integer: 'number',
};
/** Those that are archived as JSON. */
const AS_JSON: ReadonlySet<ColumnKind> = new Set(['flag', 'numbers', 'words', 'figures']);

interface Column extends ArchivedColumn {
  readonly holds: ColumnKind;
}

function columnsOf(table: TableName): readonly Column[] {
  return Object.entries<ColumnKind>(TABLES[table].columns).map(([field, holds]) => ({
    name: columnOf(field),
    type: CLICKHOUSE_TYPES[holds],
    kind: PARQUET_KINDS[holds] ?? 'text',
    holds,
  }));
}

function selected({ name, holds }: Column): string {
  if (holds === 'instant' || holds === 'later') return `toUnixTimestamp64Milli(${name})`;
  return holds === 'long' ? `toString(${name})` : name;
}

function cellOf({ holds }: Column, value: unknown): Cell {
  return AS_JSON.has(holds) ? JSON.stringify(value) : (value as Cell);
}

function textOf({ holds }: Column, cell: Cell): string {
  return AS_JSON.has(holds) || holds === 'long' ? String(cell) : TEXTS[holds](cell);
}

export class SqlSeries implements AgingSeries {
  readonly kinds = [...SOURCES.keys()];
  #ready = false;

  constructor(
    readonly engine: AnalyticsEngine,
    readonly migrate: () => Promise<unknown>,
  ) {}

  async nowMs(): Promise<number> {
    const [[nowMs] = []] = await this.#rows('SELECT toUnixTimestamp64Milli(now64(3))', {});
    return nowMs as number;
  }

  async days(kind: string, beforeMs: number): Promise<readonly SeriesDay[]> {
    const source = sourceOf(kind);
    const tenant = hasTenants(source) ? 'tenant_id' : "''";
    const sql = `SELECT toString(${tenant}) AS tenant, toUnixTimestamp(toStartOfDay(time)) AS day, count() FROM ${sqlName(source.table)}
      WHERE time < fromUnixTimestamp64Milli({toMs:Int64}, 'UTC') ${levelText(source)} GROUP BY tenant, day ORDER BY day, tenant`;
    const rows = await this.#rows(sql, { toMs: Math.floor(beforeMs / DAY_MS) * DAY_MS, ...levelOf(source) });
    return rows.map(([tenantId, seconds, count]) => {
      const fromMs = Number(seconds) * 1_000;
      return { kind, tenantId: String(tenantId), fromMs, toMs: fromMs + DAY_MS, rows: Number(count) };
    });
  }

  async parts(span: SeriesSpan): Promise<readonly SeriesSpan[]> {
    const rows = await this.count(span);
    const { fromMs, toMs } = span;
    if (rows <= LIMITS.archive.seriesRows || toMs - fromMs <= LEAST_SPAN_MS) return rows === 0 ? [] : [span];
    const middle = fromMs + Math.floor((toMs - fromMs) / 2);
    return [...(await this.parts({ ...span, toMs: middle })), ...(await this.parts({ ...span, fromMs: middle }))];
  }

  async rows(span: SeriesSpan): Promise<ArchivedRows> {
    const source = sourceOf(span.kind);
    const columns = columnsOf(source.table);
    const sql = `SELECT ${columns.map(selected).join(', ')} FROM ${inSpan(source)} ORDER BY ALL`;
    const found = await this.#rows(sql, boundOf(source, span));
    const rows = found.map((row) => columns.map((column, at) => cellOf(column, row[at])));
    const { kind, tenantId } = span;
    return { kind, tenantId, columns: columns.map(({ name, type, kind: parquet }) => ({ name, type, kind: parquet })), rows };
  }

  async count(span: SeriesSpan): Promise<number> {
    const source = sourceOf(span.kind);
    const [[count] = []] = await this.#rows(`SELECT count() FROM ${inSpan(source)}`, boundOf(source, span));
    return Number(count);
  }

  async putBack(archived: ArchivedRows, forMs: number): Promise<number> {
    const { kind, tenantId, rows } = archived;
    const source = sourceOf(kind);
    const columns = present(source.table, archived);
    const span = { kind, tenantId, ...spanOf(archived) };
    const before = await this.count(span);
    const heldUntil = Math.ceil(((await this.nowMs()) + forMs) / 1_000);
    await this.engine.insert({
      table: sqlName(source.table),
      columns: [...columns.map(({ name }) => name), 'held_until'],
      lines: rows
        .map((row) => `[${columns.map((column, place) => textOf(column, row[place] ?? null)).join(',')},${heldUntil}]\n`)
        .join(''),
      settings: BACK_SETTINGS,
    });
    return (await this.count(span)) - before;
  }

  async #rows(sql: string, parameters: Bound): Promise<readonly (readonly unknown[])[]> {
    // A store that no row has been written to yet has no tables.
    if (!this.#ready) await this.migrate();
    this.#ready = true;
    const text = await this.engine.run({ sql, parameters, settings: READ_SETTINGS });
    return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown[]]));
  }
}

function sourceOf(kind: string): Source {
  const source = SOURCES.get(kind);
  if (source === undefined) throw new SuhoError('INPUT_INVALID', `rows of ${kind} neither leave analytics nor come back into it`);
  return source;
}

function hasTenants({ table }: Source): boolean {
  return TABLES[table].readers !== 'market';
}

function levelText({ level }: Source): string {
  return level === undefined ? '' : 'AND level = {level:String}';
}

function levelOf({ level }: Source): Bound {
  return level === undefined ? {} : { level };
}

function inSpan(source: Source): string {
  const tenant = hasTenants(source) ? 'AND tenant_id = {tenantId:String}' : '';
  return `${sqlName(source.table)} WHERE ${within('time')} ${tenant} ${levelText(source)}`;
}

function boundOf(source: Source, { tenantId, fromMs, toMs }: SeriesSpan): Bound {
  return { fromMs, toMs, ...(hasTenants(source) ? { tenantId } : {}), ...levelOf(source) };
}

function spanOf({ columns, rows }: ArchivedRows): Pick<SeriesSpan, 'fromMs' | 'toMs'> {
  const at = columns.findIndex(({ name }) => name === 'time');
  const times = rows.map((row) => row[at] as number);
  const [fromMs = 0, toMs = 0] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  return { fromMs, toMs: toMs + 1 };
}

/** The table's columns that the archived rows have. */
function present(table: TableName, { kind, columns }: ArchivedRows): readonly Column[] {
  const known = new Map(columnsOf(table).map((column) => [column.name, column]));
  return columns.map(({ name, type }) => {
    const column = known.get(name);
    if (column?.type !== type)
      throw new SuhoError('CONFLICT', `the archived rows have a column ${name} of ${type} that ${kind} has no more`);
    return column;
  });
}
