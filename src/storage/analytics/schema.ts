/**
 * Forward-only schema: the files of `schema/analytics` in the order of their names, each recorded with its SHA-256, and after
 * them the columns of the feature catalogue. There are no transactions here: a file is recorded once all its statements are
 * through, and each can be run again, so that a half-applied file is made whole by the next start, and two nodes that start
 * at once do no harm.
 */
import { fileURLToPath } from 'node:url';
import { missingMigrations, readMigrations } from '../ledger/migrations.js';
import type { AnalyticsEngine } from './engine.js';
import { COLUMN_NAMES, FEATURE_COLUMNS } from './rows.js';

const FOLDER = fileURLToPath(new URL('../../../../schema/analytics/', import.meta.url));

const HISTORY = `CREATE TABLE IF NOT EXISTS suho.schema_migrations (
  name String,
  sha256 String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree ORDER BY (name, sha256)`;

/** Statements of a file; none of ours has a semicolon inside. */
function statements(sql: string): readonly string[] {
  const bare = sql.replace(/^\s*--.*$/gm, '');
  return bare.split(';').filter((statement) => statement.trim() !== '');
}

async function lines(engine: AnalyticsEngine, sql: string): Promise<readonly (readonly string[])[]> {
  const text = await engine.run({ sql });
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as string[]]));
}

/** Adds the catalogue's columns that `features` has not yet, each where the catalogue has it. */
async function alignFeatures(engine: AnalyticsEngine): Promise<boolean> {
  const found = await lines(engine, "SELECT name FROM system.columns WHERE database = 'suho' AND table = 'features'");
  const known = new Set(found.map(([name]) => name));
  const order = COLUMN_NAMES.features;
  const added = FEATURE_COLUMNS.filter((name) => !known.has(name)).map(
    (name) => `ADD COLUMN IF NOT EXISTS ${name} Nullable(Float64) AFTER ${order[order.indexOf(name) - 1]}`,
  );
  if (added.length > 0) await engine.run({ sql: `ALTER TABLE suho.features ${added.join(', ')}` });
  return added.length > 0;
}

export async function migrateAnalytics(engine: AnalyticsEngine, folder: string = FOLDER): Promise<readonly string[]> {
  await engine.run({ sql: 'CREATE DATABASE IF NOT EXISTS suho' });
  await engine.run({ sql: HISTORY });
  const rows = await lines(engine, 'SELECT DISTINCT name, sha256 FROM suho.schema_migrations ORDER BY name');
  const applied = rows.map(([name, sha256]) => ({ name: name as string, sha256: sha256 as string }));
  const missing = missingMigrations(await readMigrations(folder), applied, 'The analytics store');
  for (const { name, sha256, sql } of missing) {
    for (const statement of statements(sql)) await engine.run({ sql: statement });
    const row = `${JSON.stringify([name, sha256])}\n`;
    await engine.insert({ table: 'suho.schema_migrations', columns: ['name', 'sha256'], lines: row, settings: {} });
  }
  const names = missing.map(({ name }) => name);
  return (await alignFeatures(engine)) ? [...names, 'feature columns'] : names;
}
