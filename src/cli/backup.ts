import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { callNode } from '../admin/control.js';
import { type Config, resolveConfig, type ResolvedConfig, SETTING_NAMES, SETTINGS, type SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { BackupWriter } from '../storage/backup/backup-writer.js';
import type { Manifest } from '../storage/backup/manifest.js';
import { openDataFolder } from '../storage/data-folder.js';
import { openLedger } from '../storage/ledger/open.js';
import type { PostgresLedger } from '../storage/ledger/postgres.js';
import { SUHO_VERSION } from '../version.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

/**
 * Whole at any time: the journal is only appended to and finds its torn tail, a snapshot is renamed into its place, the files of a
 * model's version are never written over.
 */
const ALWAYS_WHOLE = ['journal', 'snapshots', 'models'];
/** Rows are taken from the one, nothing is kept in the other, and what a restore put aside is nobody's any more. */
const NO_PART = /^(ledger|run|replaced-.*)$/;

interface BackupFlags extends Readonly<Record<string, unknown>> {
  readonly output: string;
  readonly json?: boolean;
}

export function backupCommand(): Command {
  const command = new Command('backup')
    .description('write the ledger, journal, snapshots, patterns, models and settings to a folder, whether or not the node runs')
    .requiredOption('--output <folder>', 'where to; it must not be there yet')
    .option('--json', 'one JSON line: output rows bytes parts leftOut[] seconds')
    .addHelpText(
      'after',
      '\nA backup is of one moment of the ledger. It holds hashes of keys, no keys, and no secret settings; keep it as private as\nthe ledger. suho restore puts it into an embedded ledger or onto a server, whichever it came from.',
    );
  return withSettings(command, STORES).action(async (flags: BackupFlags) => {
    const started = performance.now();
    const resolved = settingsOf(flags, STORES);
    const writer = await BackupWriter.open(flags.output);
    try {
      await backUp(resolved.config, writer);
      await writer.addText('settings.json', settingsText(flags));
      const manifest = await writer.finish(SUHO_VERSION, new Date().toISOString());
      const seconds = Number(((performance.now() - started) / 1000).toFixed(3));
      report(writer.path, manifest, seconds, flags.json === true);
    } catch (error) {
      await writer.discard();
      throw error;
    }
  });
}

/** What was set, but for secrets: those are not told even here. */
function settingsText(flags: BackupFlags): string {
  const given = typeof flags.config === 'string' ? { file: flags.config } : {};
  const { config, sources }: ResolvedConfig = resolveConfig(given);
  const set = SETTING_NAMES.filter(
    (name) => sources[name] !== 'default' && !('secret' in SETTINGS[name] && SETTINGS[name].secret),
  );
  return `${JSON.stringify(Object.fromEntries(set.map((name) => [name, config[name]])), null, 2)}\n`;
}

function report(output: string, { parts, leftOut }: Manifest, seconds: number, json: boolean): void {
  const rows = parts.reduce((sum, part) => sum + (part.rows ?? 0), 0);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  if (json) {
    process.stdout.write(`${JSON.stringify({ output, rows, bytes, parts: parts.length, leftOut, seconds })}\n`);
    return;
  }
  process.stdout.write(
    `${output}: ${rows} rows of the ledger, ${parts.length} parts, ${(bytes / 1e6).toFixed(1)} MB, ${seconds} s\n`,
  );
  for (const name of leftOut)
    process.stderr.write(`suho: left out: ${name}, which a running node cannot copy; stop it for that\n`);
}

async function backUp(config: Config, writer: BackupWriter): Promise<void> {
  const embedded = config.ledger === 'embedded';
  if (!embedded) await dumping({ url: config.ledger }, writer);
  const copy = join(writer.scratch, 'ledger');
  const asked = await callNode<boolean>(config.data, 'backup.copy', {
    store: embedded ? 'ledger' : 'none',
    folder: resolve(copy),
  });
  if (asked !== undefined) {
    if (embedded) await dumping({ folder: writer.scratch }, writer);
    await addFolders(config.data, writer, (store, folder) => copied(config.data, store, folder));
    return;
  }
  const there = existsSync(embedded ? join(config.data, 'ledger') : config.data);
  if (embedded && !there) throw new SuhoError('NOT_FOUND', `there is no ledger in ${config.data}`);
  if (!there) return;
  const holder = { pid: process.pid, startedAt: new Date().toISOString(), version: SUHO_VERSION };
  const held = await openDataFolder(config.data, holder);
  try {
    if (embedded) await dumping({ folder: held.path }, writer);
    await addFolders(held.path, writer, undefined);
  } finally {
    await held.release();
  }
}

async function copied(data: string, store: string, folder: string): Promise<boolean> {
  return (await callNode<boolean>(data, 'backup.copy', { store, folder: resolve(folder) }))?.result === true;
}

/** All others are whole while nobody writes to them, or as the node that does copies them. */
async function addFolders(
  data: string,
  writer: BackupWriter,
  askNode: ((store: string, folder: string) => Promise<boolean>) | undefined,
): Promise<void> {
  const entries = await readdir(data, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !NO_PART.test(entry.name)).map(({ name }) => name);
  for (const name of names.sort()) {
    const folder = join(data, name);
    const copy = join(writer.scratch, name);
    if (askNode === undefined || ALWAYS_WHOLE.includes(name)) await writer.addFolder(name, folder);
    else if (await askNode(name, copy)) await writer.addFolder(name, copy);
    else writer.leaveOut(name);
  }
}

async function dumping(where: { readonly url: string } | { readonly folder: string }, writer: BackupWriter): Promise<void> {
  const onProgress = (sentence: string): void => void process.stderr.write(`suho: ${sentence}\n`);
  const ledger: PostgresLedger = await openLedger({ ...where, onProgress, statementMs: 0 });
  try {
    const pending = await ledger.pendingMigrations();
    if (pending.length > 0) throw new SuhoError('MIGRATION_MISMATCH', `the ledger lacks ${pending.join(', ')}: run suho migrate`);
    await writer.addLedger(ledger);
  } finally {
    await ledger.close();
  }
}
