/** What every analytics store keeps to: schema, rows as they were, repeats that count once, and tenants apart. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import { COLUMNS } from '../../src/indicators/registry.js';
import { SuhoError } from '../../src/errors.js';
import { isRefusal } from '../../src/storage/analytics/engine.js';
import { migrateAnalytics } from '../../src/storage/analytics/schema.js';
import { type NamedQuery, namedQuery } from '../../src/storage/analytics/named-query.js';
import { ALL_QUERIES } from '../../src/storage/analytics/queries/all.js';
import { COLUMN_NAMES, encodeRow } from '../../src/storage/analytics/rows.js';
import type { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import {
  ARCHIVED_TABLES,
  CLICKHOUSE_TYPES,
  type ColumnKind,
  columnOf,
  sqlName,
  TABLE_NAMES,
  TABLES,
  type TableName,
} from '../../src/storage/analytics/tables.js';
import { TenantKey } from '../../src/storage/analytics/tenant-key.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { ACME, type AnalyticsWorld, DAY, DAY_MS, emptyStore, OTHER, rowsOf, sampleRow } from './analytics-world.js';

/** How long a table keeps its rows: the seeds' periods, of what is archived a fortnight longer. */
const KEPT: Readonly<Record<TableName, string>> = {
  ticks: 'Day(104), held_until)',
  candles: 'Year(10)',
  features: 'Year(10)',
  correlations: 'Year(10)',
  predictions: 'Year(2)',
  predictionOutcomes: 'Year(2)',
  retrainingRuns: 'Year(2)',
  backtests: 'Year(10)',
  brokerQuotes: 'Day(90)',
  heartbeats: 'Day(30)',
  balanceHistory: 'Year(2)',
  executions: 'Year(2)',
  closedTrades: 'Year(7)',
  tradingPerformance: 'Year(7)',
  logs: "Day(7) WHERE level = 'debug', greatest(toDateTime(time) + toIntervalDay(44), held_until)",
  inferenceLogs: 'Day(104), held_until)',
  gaps: 'Year(2)',
};

const WIDE = { fromMs: DAY - DAY_MS, toMs: DAY + 2 * DAY_MS };

/** Parameters under which a query finds the sample rows. */
function parametersFor(query: NamedQuery): Readonly<Record<string, unknown>> {
  const values: Readonly<Record<string, unknown>> = {
    ...WIDE,
    limit: 1_000,
    symbol: 'EURUSD',
    symbols: ['EURUSD'],
    timeframe: query.name === 'training-rows' ? 'M1' : 'EURUSD',
    a: 'EURUSD',
    b: 'EURUSD',
    levels: ['EURUSD'],
    accountId: 'EURUSD',
  };
  return Object.fromEntries(Object.keys(query.parameters).map((name) => [name, values[name]]));
}

/** Rows that make every named query answer something. */
async function fill(store: SqlAnalytics): Promise<void> {
  for (const table of TABLE_NAMES) await store.insert(table, [sampleRow(table)]);
  const executions = (['EXECUTED', 'REJECTED'] as const).map((outcome) =>
    sampleRow('executions', { outcome, kind: 'OPEN', signalId: 's', accountId: 'EURUSD' }),
  );
  await store.insert('executions', executions);
  await store.insert('closedTrades', [sampleRow('closedTrades', { signalId: 's' })]);
}

export function analyticsContract(name: string, open: () => Promise<AnalyticsWorld>, skip: string | false): void {
  describe(`${name}: the analytics store`, { skip }, () => {
    let world: AnalyticsWorld;
    let store: SqlAnalytics;
    before(async () => {
      world = await open();
      store = world.store;
    });
    after(() => world?.[Symbol.asyncDispose]());

    it('applies its schema once, and again changes nothing', async () => {
      assert.deepEqual(await store.migrate(), [
        '0001-market',
        '0002-models',
        '0003-accounts',
        '0004-logs',
        '0005-log-tiers',
        '0006-archived-rows',
        '0007-brokers',
        'feature columns',
      ]);
      assert.deepEqual(await store.migrate(), []);
    });

    it('makes a half-applied schema whole, by two nodes at once, and refuses one that was changed or is newer', async () => {
      await store.engine.run({ sql: 'TRUNCATE TABLE suho.schema_migrations' });
      await store.engine.run({ sql: 'DROP TABLE suho.gaps' });
      await store.engine.run({ sql: 'ALTER TABLE suho.features DROP COLUMN rsi_14' });
      await Promise.all([store.migrate(), store.migrate()]);
      assert.deepEqual(await store.migrate(), []);
      await using folder = await temporaryFolder();
      await assert.rejects(
        migrateAnalytics(store.engine, folder.path),
        /The analytics store has migration 0001-market, which this version/,
      );
      for (const name of ['0001-market', '0002-models', '0003-accounts', '0004-logs'])
        await folder.write(`${name}.sql`, 'SELECT 1');
      await assert.rejects(
        migrateAnalytics(store.engine, folder.path),
        (error) =>
          error instanceof SuhoError && error.code === 'MIGRATION_MISMATCH' && /0001-market was changed/.test(error.message),
      );
    });

    it('has every table with the columns that the code knows, in the catalogue’s order for features', async () => {
      for (const table of TABLE_NAMES) {
        const own = Object.entries<ColumnKind>(TABLES[table].columns).map(([field, kind]) => [
          columnOf(field),
          CLICKHOUSE_TYPES[kind],
        ]);
        const features =
          table === 'features' ? [...COLUMNS, ...LABEL_COLUMNS].map((column) => [column, 'Nullable(Float64)']) : [];
        const found = await rowsOf(
          store,
          `SELECT name, type FROM system.columns WHERE database = 'suho' AND table = '${columnOf(table)}' ORDER BY position`,
        );
        // Of the store's own: no row that is handed over has it.
        const held = (ARCHIVED_TABLES as readonly TableName[]).includes(table) ? [['held_until', "DateTime('UTC')"]] : [];
        assert.deepEqual(found, [...own, ...features, ...held], table);
      }
    });

    it('parts by month, keeps a tenant’s rows together, forgets by the table’s period, and knows no other table', async () => {
      const found = await rowsOf(
        store,
        "SELECT name, partition_key, sorting_key, engine_full FROM system.tables WHERE database = 'suho' AND name != 'schema_migrations'",
      );
      assert.deepEqual(found.map(([table]) => table).sort(), TABLE_NAMES.map(columnOf).sort());
      for (const [table, partition, sorting, engine] of found as [string, string, string, string][]) {
        const known = TABLE_NAMES.find((one) => columnOf(one) === table) as TableName;
        assert.equal(partition, 'toYYYYMM(time)', table);
        assert.equal(sorting.startsWith('tenant_id, '), TABLES[known].readers !== 'market', table);
        assert.match(engine, /^ReplacingMergeTree/, table);
        assert.ok(
          engine.replace('TTL greatest(', 'TTL ').includes(`TTL toDateTime(time) + toInterval${KEPT[known]}`),
          `${table}: ${engine}`,
        );
      }
    });

    it('a table that has tenants is read by tenants alone', async () => {
      for (const table of TABLE_NAMES)
        assert.equal('tenantId' in TABLES[table].columns, TABLES[table].readers !== 'market', table);
    });

    it('gives every value back to its last bit, none where there was none', async () => {
      await emptyStore(store);
      for (const table of TABLE_NAMES) {
        await store.insert(table, [sampleRow(table)]);
        const selected = COLUMN_NAMES[table].map((column) =>
          column.endsWith('time') || /_at$/.test(column) ? `toUnixTimestamp64Milli(${column})` : column,
        );
        const [found] = await rowsOf(store, `SELECT ${selected.join(', ')} FROM ${sqlName(table)}`);
        const written = JSON.parse(encodeRow(table, sampleRow(table))) as unknown[];
        const expected = written.map((cell, at) => (selected[at] === COLUMN_NAMES[table][at] ? cell : Number(cell) * 1_000));
        assert.deepEqual(found, expected, table);
      }
    });

    it('an instant keeps its milliseconds, and what is not a number is no value', async () => {
      await emptyStore(store);
      const row = sampleRow('candles', { time: DAY + 987, vwap: Number.NaN, trades: undefined });
      await store.insert('candles', [row]);
      assert.deepEqual(await rowsOf(store, 'SELECT toUnixTimestamp64Milli(time), vwap, trades, gap_before FROM suho.candles'), [
        [DAY + 987, null, null, 4_294_967_295],
      ]);
      await assert.rejects(store.insert('candles', [sampleRow('candles', { close: Number.NaN })]), /must have a number/);
    });

    it('rows of one key count once, the newest insert among them, also across inserts', async () => {
      await emptyStore(store);
      const row = sampleRow('balanceHistory', { balance: 100 });
      await store.insert('balanceHistory', [row, row]);
      await store.insert('balanceHistory', [{ ...row, balance: 200 }]);
      await store.insert('balanceHistory', [row]);
      const balances = namedQuery({
        name: 'balances-raw',
        parameters: {},
        columns: { balance: 'number' },
        sql: 'SELECT balance FROM suho.balance_history',
      });
      assert.deepEqual(await store.query(ACME, balances, {}), [{ balance: 100 }]);
    });

    it('a batch sent again under its token does not become a part, and another one of the same rows does', async () => {
      await emptyStore(store);
      const lines = `${encodeRow('logs', sampleRow('logs'))}\n`;
      const batch = { table: 'logs', columns: COLUMN_NAMES.logs, lines } as const;
      const count = async () => (await rowsOf(store, 'SELECT count() FROM suho.logs'))[0]?.[0];
      for (let time = 0; time < 3; time++) await store.insertText({ ...batch, token: `batch ${name} ${DAY}` });
      assert.equal(await count(), 1);
      await store.insertText({ ...batch, token: `another batch ${name} ${DAY}` });
      assert.equal(await count(), 2);
    });

    it('takes rows of more months at once than an engine takes unless told', async () => {
      await emptyStore(store);
      const rows = Array.from({ length: 110 }, (_, at) => sampleRow('candles', { time: Date.UTC(2017, at, 1) }));
      await store.insert('candles', rows);
      // Older than the table keeps may be gone already.
      assert.ok(Number((await rowsOf(store, 'SELECT count() FROM suho.candles'))[0]?.[0]) > 100);
    });

    it('each named query answers its tenant, and tells another nothing of it', async () => {
      await emptyStore(store);
      await fill(store);
      const market = new Set(['candles', 'hours-of-day', 'correlation', 'training-rows']);
      assert.equal(new Set(ALL_QUERIES.map((query) => query.name)).size, ALL_QUERIES.length);
      for (const query of ALL_QUERIES) {
        const own = await store.query(ACME, query, parametersFor(query) as never);
        assert.ok(own.length > 0, `${query.name} finds the tenant’s rows`);
        const others = await store.query(OTHER, query, parametersFor(query) as never);
        assert.deepEqual(others, market.has(query.name) ? own : [], `${query.name} tells another tenant`);
      }
    });

    it('a query that asks for another tenant’s rows by name, in a join, a subquery or a union, gets none', async () => {
      await emptyStore(store);
      await fill(store);
      const tables = TABLE_NAMES.filter((table) => TABLES[table].readers !== 'market').map(sqlName);
      for (const table of tables) {
        for (const sql of [
          `SELECT count() FROM ${table}`,
          `SELECT count() FROM ${table} WHERE tenant_id = 'acme' OR 1 = 1`,
          `SELECT count() FROM (SELECT * FROM ${table} WHERE tenant_id = 'acme')`,
          `SELECT sum(n) FROM (SELECT count() AS n FROM ${table} UNION ALL SELECT count() FROM ${table} AS again)`,
          `SELECT count() FROM ${table} AS a INNER JOIN ${table} AS b ON a.tenant_id = b.tenant_id`,
          `WITH hidden AS (SELECT * FROM ${table}) SELECT count() FROM hidden`,
        ]) {
          const query = namedQuery({ name: sql, parameters: {}, columns: { n: 'number' }, sql });
          assert.deepEqual(await store.query(OTHER, query, {}), [{ n: 0 }], sql);
          assert.notDeepEqual(await store.query(ACME, query, {}), [{ n: 0 }], sql);
        }
      }
    });

    it('what no tenant said is shared of models alone', async () => {
      await emptyStore(store);
      await store.insert('predictions', [sampleRow('predictions', { tenantId: '' })]);
      await store.insert('logs', [sampleRow('logs', { tenantId: '' })]);
      const counts = namedQuery({
        name: 'counts',
        parameters: {},
        columns: { predictions: 'number', logs: 'number' },
        sql: 'SELECT (SELECT count() FROM suho.predictions), (SELECT count() FROM suho.logs)',
      });
      assert.deepEqual(await store.query(OTHER, counts, {}), [{ predictions: 1, logs: 0 }]);
    });

    it('parameters are bound: text that looks like SQL is text', async () => {
      const hostile = ["'", "' OR '1'='1", '\\', "\\' UNION SELECT 1 --", 'line\nbreak\ttab', '{x:String}', '’', '[]'];
      const echo = namedQuery({
        name: 'echo',
        parameters: { text: 'text', list: 'texts', number: 'number' },
        columns: { text: 'text', joined: 'text', number: 'number' },
        sql: "SELECT {text:String}, arrayStringConcat({list:Array(String)}, '|'), {number:Float64}",
      });
      for (const text of hostile.filter((one) => one !== '[]')) {
        const rows = await store.query(ACME, echo, { text, list: hostile, number: 0.1 });
        assert.deepEqual(rows, [{ text, joined: hostile.join('|'), number: 0.1 }]);
      }
      await assert.rejects(store.query(ACME, echo, { text: 'a' } as never), /echo: list must be texts/);
    });

    it('what the engine refuses is told apart, and the fault goes with the next success', async () => {
      const bad = { table: 'logs', columns: COLUMN_NAMES.logs, lines: '["x"]\n' } as const;
      await assert.rejects(store.insertText(bad), (error) => error instanceof SuhoError && isRefusal(error));
      assert.match(store.fault ?? '', /Code: \d+/);
      assert.match(await store.ping(), /^\d+\.\d+/);
      assert.equal(store.fault, undefined);
    });

    it('an answer of more rows than its bound is an error, not a part of it', async () => {
      const many = namedQuery({
        name: 'many',
        parameters: {},
        columns: { n: 'number' },
        sql: 'SELECT number FROM numbers(1000000)',
      });
      await assert.rejects(store.query(ACME, many, {}), /max_result_rows|Limit for result/i);
    });
  });

  it(`${name}: a text is not a tenant`, () => {
    for (const id of ['', 'Acme', "a'b", 'a b', '-a', `${'a'.repeat(64)}`])
      assert.throws(() => TenantKey.of(id), /not a tenant/, id);
    assert.equal(TenantKey.of('acme-1').id, 'acme-1');
  });
}
