import { Command } from 'commander';
import { type SettingName, shownValue } from '../config.js';
import { SuhoError } from '../errors.js';
import { REPLACE_WORDS, type RestoredLedger } from '../storage/backup/ledger-restore.js';
import type { Manifest } from '../storage/backup/manifest.js';
import { openBackup, type Restore, refuseFullFolders, restoreFolders, restoreRows } from '../storage/backup/restore.js';
import { openDataFolder } from '../storage/data-folder.js';
import { openLedger } from '../storage/ledger/open.js';
import { SUHO_VERSION } from '../version.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

interface RestoreFlags extends Readonly<Record<string, unknown>> {
  readonly input: string;
  readonly replace?: string;
  readonly moved?: boolean;
  readonly json?: boolean;
}

export function restoreCommand(): Command {
  const command = new Command('restore')
    .description('put a backup into an empty ledger and data folder, embedded or on a server; no node may run on them')
    .requiredOption('--input <folder>', 'the backup')
    .option('--replace <words>', `put it in the place of what is there; the words are "${REPLACE_WORDS}"`)
    .option('--moved', 'nothing has run since the backup was made: numbers go on where they were, and what was open is open')
    .option('--json', 'one JSON line: input madeAt rows unknown folders[] seconds')
    .addHelpText(
      'after',
      '\nWithout --moved, EAs may know more than the backup: numbers of signals, sessions and symbols leap, and signals that were\nunder way become UNKNOWN, to be settled with their EA or from the broker’s history. --ledger must be the tables’ owner.',
    );
  return withSettings(command, STORES).action(async (flags: RestoreFlags) => {
    if (flags.replace !== undefined && flags.replace !== REPLACE_WORDS)
      throw new SuhoError('USAGE', `what is there goes only by these words: --replace "${REPLACE_WORDS}"`);
    const started = performance.now();
    const { config } = settingsOf(flags, STORES);
    const restore = { input: flags.input, replace: flags.replace !== undefined, moved: flags.moved === true, atMs: Date.now() };
    const manifest = await openBackup(restore.input);
    const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
    const held = await openDataFolder(config.data, holder);
    try {
      await refuseFullFolders(held.path, manifest, restore);
      const restored = await intoLedger(config.ledger, held.path, manifest, restore);
      const folders = await restoreFolders(held.path, manifest, restore);
      const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
      if (flags.json) {
        const { input } = restore;
        process.stdout.write(`${JSON.stringify({ input, madeAt: manifest.madeAt, ...restored, folders, seconds })}\n`);
      } else process.stdout.write(told(config.ledger, held.path, manifest, restored));
    } finally {
      await held.release();
    }
  });
}

async function intoLedger(where: string, folder: string, manifest: Manifest, restore: Restore): Promise<RestoredLedger> {
  const onProgress = (sentence: string): void => void process.stderr.write(`suho: ${sentence}\n`);
  const at = where === 'embedded' ? { folder } : { url: where };
  const ledger = await openLedger({ ...at, onProgress, statementMs: 0 });
  try {
    return await restoreRows(ledger, manifest, restore);
  } finally {
    await ledger.close();
  }
}

function told(where: string, folder: string, { madeAt }: Manifest, { rows, unknown }: RestoredLedger): string {
  const ledger = where === 'embedded' ? `the embedded ledger in ${folder}` : shownValue('ledger', where);
  const doubt = unknown === 0 ? '' : `; ${unknown} signals are UNKNOWN until their EA or broker tells`;
  return `${ledger} is as it was at ${madeAt}: ${rows} rows${doubt}\n`;
}
