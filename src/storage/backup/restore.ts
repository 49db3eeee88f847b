/** Puts a backup back: its rows into a ledger, its files into a data folder that the caller holds. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError } from '../../errors.js';
import { refuseNewer } from '../data-layout.js';
import { readMigrations } from '../ledger/migrations.js';
import type { PostgresLedger } from '../ledger/postgres.js';
import { type RestoredLedger, restoreLedger } from './ledger-restore.js';
import { type Manifest, readBackup } from './manifest.js';

export interface Restore {
  /** The backup's folder. */
  readonly input: string;
  readonly replace: boolean;
  readonly moved: boolean;
  readonly atMs: number;
}

/** The backup, every part of it looked at, that this version can restore. */
export async function openBackup(input: string): Promise<Manifest> {
  const manifest = await readBackup(input);
  refuseNewer(`The backup ${input}`, manifest.layout, manifest.program);
  return manifest;
}

export async function restoreRows(ledger: PostgresLedger, manifest: Manifest, restore: Restore): Promise<RestoredLedger> {
  const files = await readMigrations();
  const fileOf = (table: string): string => join(restore.input, 'ledger', `${table}.ndjson.gz`);
  return ledger.asOwner((transaction) => restoreLedger(transaction, { ...restore, manifest, files, fileOf }));
}

/** Folders of the backup beside the ledger. */
export function foldersOf({ parts }: Manifest): readonly string[] {
  const names = parts.filter(({ path }) => path.includes('/')).map(({ path }) => path.slice(0, path.indexOf('/')));
  return [...new Set(names)].filter((name) => name !== 'ledger');
}

async function isFull(folder: string): Promise<boolean> {
  return existsSync(folder) && (await readdir(folder)).length > 0;
}

/** Before anything is done: whether files are in the way that may not go. */
export async function refuseFullFolders(data: string, manifest: Manifest, { replace }: Restore): Promise<void> {
  if (replace) return;
  for (const name of foldersOf(manifest))
    if (await isFull(join(data, name)))
      throw new SuhoError(
        'CONFLICT',
        `${join(data, name)} is not empty; restore into an empty data folder, or replace what is there.`,
      );
}

/** What was there is kept beside it, under the time of the restore. */
export async function restoreFolders(data: string, manifest: Manifest, { input, atMs }: Restore): Promise<readonly string[]> {
  const aside = join(data, `replaced-${new Date(atMs).toISOString().replace(/[:.]/g, '-')}`);
  for (const name of foldersOf(manifest)) {
    const folder = join(data, name);
    if (await isFull(folder)) {
      await mkdir(aside, { recursive: true, mode: 0o700 });
      await rename(folder, join(aside, name));
    }
    await cp(join(input, name), folder, { recursive: true });
  }
  return foldersOf(manifest);
}
