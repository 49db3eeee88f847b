/**
 * Data folders with a fresh ledger in them, for tests. Making a database takes seconds, so the first test of a build makes
 * one, as a node at its first start would, and the others start from copies of it.
 */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLedger } from '../../src/storage/ledger/open.js';

const TEMPLATE = fileURLToPath(new URL('../../.ledger-template', import.meta.url));

async function template(): Promise<string> {
  if (existsSync(TEMPLATE)) return TEMPLATE;
  const own = `${TEMPLATE}-${process.pid}`;
  await mkdir(own, { recursive: true });
  const ledger = await openLedger({ folder: own });
  await ledger.migrate();
  await ledger.close();
  // Another test may have been first: then its template is as good.
  await rename(own, TEMPLATE).catch(() => rm(own, { recursive: true, force: true }));
  return TEMPLATE;
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
  await cp(join(await template(), 'ledger'), join(folder.path, 'ledger'), { recursive: true });
  return folder;
}
