/**
 * The store over an engine. Isolation is in one place: every query runs under `additional_table_filters`, which the engine
 * puts on each read of a table, in joins, subqueries and views alike, before the query sees a row. So a query need not name
 * the tenant, and one that names another gets nothing. A table that is not listed here is readable by no named query, and a
 * test walks the engine's catalogue for one.
 *
 * Duplicates are in one place too: reads merge rows of one key (`final`); and a batch that is sent again after a lost answer
 * is known by its token and does not even become a part.
 */
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import { assert } from '../../runtime/assert.js';
import type { AnalyticsStore, RowText } from './analytics.js';
import type { AnalyticsEngine, EngineSettings } from './engine.js';
import { type AnswerRow, boundParameters, decodeRows, type NamedQuery, type ParametersOf } from './named-query.js';
import { COLUMN_NAMES, encodeRow } from './rows.js';
import { migrateAnalytics } from './schema.js';
import { SqlSeries } from './sql-series.js';
import { type RowOf, sqlName, TABLE_NAMES, TABLES, type TableName } from './tables.js';
import { TenantKey } from './tenant-key.js';

/** Years of daily candles in one insert are more months than an engine takes at a time unless told. */
const INSERT_SETTINGS: EngineSettings = { max_partitions_per_insert_block: 0 };

const QUERY_SETTINGS: EngineSettings = {
  final: 1,
  do_not_merge_across_partitions_select_final: 1,
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  max_execution_time: LIMITS.analytics.queryMs / 1_000,
  max_result_rows: LIMITS.analytics.answerRows,
  result_overflow_mode: 'throw',
};

function filterOf(table: TableName, { id }: TenantKey): string | undefined {
  const { readers } = TABLES[table];
  if (readers === 'market') return undefined;
  return readers === 'shared' ? `tenant_id IN ('${id}', '')` : `tenant_id = '${id}'`;
}

/** The engine's literal of the map from tables to filters. */
function filtersFor(tenant: TenantKey): string {
  const entries = TABLE_NAMES.flatMap((table) => {
    const filter = filterOf(table, tenant);
    return filter === undefined ? [] : [`'${sqlName(table)}': '${filter.replaceAll("'", "\\'")}'`];
  });
  return `{${entries.join(', ')}}`;
}

export class SqlAnalytics implements AnalyticsStore {
  readonly series: SqlSeries;
  #fault: string | undefined;

  constructor(readonly engine: AnalyticsEngine) {
    this.series = new SqlSeries(engine, () => this.migrate());
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  migrate(): Promise<readonly string[]> {
    return this.#noting(() => migrateAnalytics(this.engine));
  }

  async insert<T extends TableName>(table: T, rows: readonly RowOf<T>[]): Promise<void> {
    if (rows.length === 0) return;
    const lines = rows.map((row) => `${encodeRow(table, row)}\n`).join('');
    await this.insertText({ table, columns: COLUMN_NAMES[table], lines });
  }

  insertText({ table, columns, lines, token }: RowText): Promise<void> {
    const settings = token === undefined ? INSERT_SETTINGS : { ...INSERT_SETTINGS, insert_deduplication_token: token };
    return this.#noting(() => this.engine.insert({ table: sqlName(table), columns, lines, settings }));
  }

  async query<Q extends NamedQuery>(tenant: TenantKey, query: Q, parameters: ParametersOf<Q>): Promise<readonly AnswerRow<Q>[]> {
    assert(tenant instanceof TenantKey, 'a query has its tenant');
    const bound = boundParameters(query, parameters);
    const settings = { ...QUERY_SETTINGS, additional_table_filters: filtersFor(tenant) };
    const text = await this.#noting(() => this.engine.run({ sql: query.sql, parameters: bound, settings }));
    return decodeRows(query, text);
  }

  async ping(): Promise<string> {
    const text = await this.#noting(() => this.engine.run({ sql: 'SELECT version()' }));
    return (JSON.parse(text) as [string])[0];
  }

  close(): Promise<void> {
    return this.engine.close();
  }

  async #noting<T>(call: () => Promise<T>): Promise<T> {
    try {
      const result = await call();
      this.#fault = undefined;
      return result;
    } catch (error) {
      this.#fault = sentence(error);
      throw error instanceof SuhoError ? error : new SuhoError('ANALYTICS_FAILED', this.#fault, { cause: error });
    }
  }
}
