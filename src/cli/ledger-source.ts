/** A ledger opened to be read, by a command of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.js';
import { SuhoError } from '../errors.js';
import { openDataFolder } from '../storage/data-folder.js';
import { openLedger } from '../storage/ledger/open.js';
import type { PostgresLedger } from '../storage/ledger/postgres.js';
import { SUHO_VERSION } from '../version.js';

/** A server's ledger, beside its nodes; or an embedded one, whose folder no node may hold meanwhile. */
export async function withLedger<T>(config: Config, use: (ledger: PostgresLedger) => Promise<T>): Promise<T> {
  if (config.ledger !== 'embedded') return reading({ url: config.ledger }, use);
  if (!existsSync(join(config.data, 'ledger'))) throw new SuhoError('NOT_FOUND', `there is no ledger in ${config.data}`);
  const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
  const folder = await openDataFolder(config.data, holder);
  try {
    return await reading({ folder: folder.path }, use);
  } finally {
    await folder.release();
  }
}

async function reading<T>(
  where: { readonly url: string } | { readonly folder: string },
  use: (ledger: PostgresLedger) => Promise<T>,
): Promise<T> {
  const onProgress = (sentence: string): void => void process.stderr.write(`suho: ${sentence}\n`);
  const ledger = await openLedger({ ...where, onProgress });
  try {
    const pending = await ledger.pendingMigrations();
    if (pending.length > 0) throw new SuhoError('MIGRATION_MISMATCH', `the ledger lacks ${pending.join(', ')}: run suho migrate`);
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}
