/**
 * Forward-only migrations: the files of `schema/migrations` in the order of their names, each applied once and recorded
 * with its SHA-256. All that are missing are applied in one transaction under an advisory lock, so that two nodes starting
 * at once apply each once, and a failing one leaves nothing behind.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SuhoError } from '../../errors.js';
import type { Statement, Transaction } from './transaction.js';

export interface Migration {
  readonly name: string;
  readonly sha256: string;
  readonly sql: string;
}

/** From `dist/src/storage/ledger`, where this file is when it runs. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../../schema/migrations/', import.meta.url));

/** "suho" in ASCII: the advisory lock that a migrating node holds. */
const LOCK_KEY = 0x7375686f;

const LOCK: Statement = { name: 'lock-migrations', text: `SELECT pg_advisory_xact_lock(${LOCK_KEY})` };
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  name text COLLATE "C" PRIMARY KEY,
  sha256 text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
)`;
const HISTORY_KNOWN: Statement = {
  name: 'migrations-known',
  // A login without a right to look cannot know.
  text: `SELECT to_regclass('schema_migrations') IS NOT NULL
      AND has_table_privilege(to_regclass('schema_migrations'), 'SELECT') AS known`,
};
const APPLIED: Statement = { name: 'applied-migrations', text: 'SELECT name, sha256 FROM schema_migrations ORDER BY name' };
const RECORD: Statement = { name: 'record-migration', text: 'INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)' };

export async function readMigrations(folder: string = MIGRATIONS_FOLDER): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      // A checkout on Windows may have other line ends; the migration is the same.
      const sql = (await readFile(`${folder}/${name}`, 'utf8')).replaceAll('\r\n', '\n');
      return { name: name.replace(/\.sql$/, ''), sha256: createHash('sha256').update(sql).digest('hex'), sql };
    }),
  );
}

/** The migrations still to apply; throws where the ledger and the files tell different histories. */
export function missingMigrations(
  files: readonly Migration[],
  applied: readonly AppliedMigration[],
  store = 'The ledger',
): readonly Migration[] {
  const lower = `t${store.slice(1)}`;
  const mismatch = (sentence: string): never => {
    throw new SuhoError('MIGRATION_MISMATCH', sentence);
  };
  const byName = new Map(files.map((file) => [file.name, file]));
  for (const { name, sha256 } of applied) {
    const file = byName.get(name);
    if (file === undefined) mismatch(`${store} has migration ${name}, which this version of Suho does not know.`);
    else if (file.sha256 !== sha256) mismatch(`Migration ${name} was changed after it was applied to ${lower}.`);
  }
  const known = new Set(applied.map(({ name }) => name));
  const newest = applied.at(-1)?.name ?? '';
  const missing = files.filter(({ name }) => !known.has(name));
  const late = missing.find(({ name }) => name < newest);
  if (late !== undefined) mismatch(`Migration ${late.name} comes before ${newest}, which ${lower} has already.`);
  return missing;
}

/** What `applyMigrations` would apply, without applying it; undefined where the history is not there, or not to be seen. */
export async function pendingMigrations(
  transaction: Transaction,
  files: readonly Migration[],
): Promise<readonly string[] | undefined> {
  const [table] = await transaction.rows<{ known: boolean | null }>(HISTORY_KNOWN);
  if (!table?.known) return undefined;
  const applied = await appliedMigrations(transaction);
  return missingMigrations(files, applied).map(({ name }) => name);
}

export type AppliedMigration = Pick<Migration, 'name' | 'sha256'>;

export function appliedMigrations(transaction: Transaction): Promise<readonly AppliedMigration[]> {
  return transaction.rows<AppliedMigration>(APPLIED);
}

export async function applyMigrations(transaction: Transaction, files: readonly Migration[]): Promise<readonly string[]> {
  await transaction.rows(LOCK);
  await transaction.script(CREATE_TABLE);
  const missing = missingMigrations(files, await appliedMigrations(transaction));
  for (const { name, sha256, sql } of missing) {
    await transaction.script(sql);
    await transaction.rows(RECORD, [name, sha256]);
  }
  return missing.map(({ name }) => name);
}
