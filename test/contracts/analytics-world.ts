import { COLUMNS } from '../../src/indicators/registry.js';
import { LABEL_COLUMNS } from '../../src/features/labels.js';
import type { SqlAnalytics } from '../../src/storage/analytics/sql-analytics.js';
import { type ColumnKind, type RowOf, sqlName, TABLE_NAMES, TABLES, type TableName } from '../../src/storage/analytics/tables.js';
import { TenantKey } from '../../src/storage/analytics/tenant-key.js';

export const ACME = TenantKey.of('acme');
export const OTHER = TenantKey.of('other');

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Midnight two days ago: tables forget by the wall clock, so what a test stores must be young. */
export const DAY = Math.floor(Date.now() / DAY_MS) * DAY_MS - 2 * DAY_MS;

export interface AnalyticsWorld extends AsyncDisposable {
  readonly store: SqlAnalytics;
}

/** Rows of a statement, past the store's filters. */
export async function rowsOf(store: SqlAnalytics, sql: string): Promise<readonly (readonly unknown[])[]> {
  const text = await store.engine.run({ sql, settings: { output_format_json_quote_64bit_integers: 0 } });
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown[]]));
}

export async function emptyStore(store: SqlAnalytics): Promise<void> {
  const full = await rowsOf(store, "SELECT name FROM system.tables WHERE database = 'suho' AND total_rows > 0");
  const names = new Set(full.map(([name]) => `suho.${name}`));
  for (const table of TABLE_NAMES.map(sqlName)) if (names.has(table)) await store.engine.run({ sql: `TRUNCATE TABLE ${table}` });
}

/** A value that no default has. */
const SAMPLES: Readonly<Record<ColumnKind, unknown>> = {
  text: 'a "quoted" \\ text\nover two lines, ’n’ more',
  word: 'EURUSD',
  number: 0.1 + 0.2,
  optional: -1.0000000000000002,
  count: 4_294_967_295,
  long: Number.MAX_SAFE_INTEGER,
  integer: -30,
  instant: DAY + 12_345_678,
  later: DAY + 1,
  flag: true,
  numbers: [1e-7, -0.1, 5e-324, 1.7976931348623157e308],
  words: { 'a key': 'it’s' },
  figures: { rsi_14: 70.1 },
};

/** A row with a telling value in every column. */
export function sampleRow<T extends TableName>(table: T, change: Partial<RowOf<T>> = {}): RowOf<T> {
  if (table === 'features') {
    const values = Float64Array.from(COLUMNS, (_, at) => (at % 7 === 3 ? Number.NaN : at + 0.1));
    const labels = Float64Array.from(LABEL_COLUMNS, (_, at) => (at === 2 ? Number.NaN : -at - 0.3));
    const candle = {
      symbol: 'EURUSD',
      timeframe: 'M1',
      time: DAY,
      open: 1,
      high: 3,
      low: 0.5,
      close: 2,
      volume: 7,
      spread: 0,
      gapBefore: 0,
    };
    return { candle, values, labels, ...change } as unknown as RowOf<T>;
  }
  const fields = Object.entries(TABLES[table].columns).map(([field, kind]) => [field, SAMPLES[kind as ColumnKind]]);
  const tenant = 'tenantId' in TABLES[table].columns ? { tenantId: ACME.id } : {};
  return { ...Object.fromEntries(fields), ...tenant, ...change } as RowOf<T>;
}

export const WHOLE = { fromMs: DAY, toMs: DAY + DAY_MS } as const;
