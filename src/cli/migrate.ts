import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Config, type SettingName, shownValue } from '../config.js';
import { openDataFolder } from '../storage/data-folder.js';
import { readMigrations } from '../storage/ledger/migrations.js';
import { openLedger } from '../storage/ledger/open.js';
import type { PostgresLedger } from '../storage/ledger/postgres.js';
import { SUHO_VERSION } from '../version.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

interface MigrateFlags extends Readonly<Record<string, unknown>> {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function migrateCommand(): Command {
  const command = new Command('migrate')
    .description('bring the ledger’s schema up to this version; safe twice, and safe while others do the same')
    .option('--dry-run', 'tell what would be applied and apply nothing')
    .option('--json', 'one JSON line: applied[] pending[]')
    .addHelpText(
      'after',
      '\nThe login of --ledger must own the ledger’s tables, or be a member of their owner; a node’s login need not.',
    );
  return withSettings(command, STORES).action(async (flags: MigrateFlags) => {
    const { config } = settingsOf(flags, STORES);
    const dryRun = flags.dryRun === true;
    const names = await (dryRun ? pendingOf(config) : withLedger(config, (ledger) => ledger.migrate()));
    const report = dryRun ? { applied: [], pending: names } : { applied: names, pending: [] };
    process.stdout.write(`${flags.json ? JSON.stringify(report) : told(config, names, dryRun)}\n`);
  });
}

/** Where there is no embedded ledger yet, none is made to look at it. */
async function pendingOf(config: Config): Promise<readonly string[]> {
  if (config.ledger === 'embedded' && !existsSync(join(config.data, 'ledger')))
    return (await readMigrations()).map(({ name }) => name);
  return withLedger(config, (ledger) => ledger.pendingMigrations());
}

function told(config: Config, names: readonly string[], dryRun: boolean): string {
  const where = config.ledger === 'embedded' ? `the embedded ledger in ${config.data}` : shownValue('ledger', config.ledger);
  if (names.length === 0) return `${where} is up to date`;
  return `${where}: ${dryRun ? 'would apply' : 'applied'} ${names.join(', ')}`;
}

/** A server's ledger is migrated beside the nodes that use it; an embedded one is its node's, and locked by it. */
async function withLedger<T>(config: Config, use: (ledger: PostgresLedger) => Promise<T>): Promise<T> {
  if (config.ledger !== 'embedded') return closing(await openLedger({ url: config.ledger }), use);
  const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
  const folder = await openDataFolder(config.data, holder);
  try {
    const onProgress = (sentence: string): void => void process.stderr.write(`suho: ${sentence}\n`);
    return await closing(await openLedger({ folder: folder.path, onProgress }), use);
  } finally {
    await folder.release();
  }
}

async function closing<T>(ledger: PostgresLedger, use: (ledger: PostgresLedger) => Promise<T>): Promise<T> {
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}
