/**
 * Data folders with a fresh ledger in them, for tests. Making a database takes seconds, so the first test makes one, as a
 * node at its first start would, and the others start from copies of it. It is kept beside the packages, under a name that
 * changes with the engine's version and with the migrations.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMigrations } from '../../src/storage/ledger/migrations.js';
import { openLedger } from '../../src/storage/ledger/open.js';

const PACKAGES = fileURLToPath(new URL('../../../node_modules/', import.meta.url));

async function templatePath(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(PACKAGES, '@electric-sql/pglite/package.json')));
  for (const { name, sha256 } of await readMigrations()) hash.update(name).update(sha256);
  return join(PACKAGES, '.cache', `suho-ledger-${hash.digest('hex').slice(0, 16)}`);
}

async function template(): Promise<string> {
  const path = await templatePath();
  if (existsSync(path)) return path;
  const own = `${path}-${process.pid}`;
  await mkdir(own, { recursive: true });
  const ledger = await openLedger({ folder: own });
  await ledger.migrate();
  await ledger.close();
  // Another test may have been first: then its template is as good.
  await rename(own, path).catch(() => rm(own, { recursive: true, force: true }));
  return path;
}

export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

export async function emptyFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'suho-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A data folder whose ledger is migrated and empty. */
export async function ledgerFolder(): Promise<TestFolder> {
  const folder = await emptyFolder();
  cpSync(join(await template(), 'ledger'), join(folder.path, 'ledger'), { recursive: true });
  return folder;
}
