import { readdir, stat } from 'node:fs/promises';
import { hostname, release, totalmem, uptime } from 'node:os';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { ZipFile } from 'yazl';
import { readAlertSettings } from '../admin/alerts/alert-settings-file.js';
import { CHECKED, checkAll } from './all-checks.js';
import { callNode } from '../admin/control.js';
import type { SupportFiles } from '../admin/support/node-files.js';
import { scrubber, secretFieldsOf, secretsOf } from '../admin/support/scrub.js';
import { type Config, SETTING_NAMES, shownValue, type SettingName } from '../config.js';
import { sentence } from '../errors.js';
import { LIMITS } from '../limits.js';
import { SUHO_VERSION } from '../version.js';
import { settingsOf, withSettings } from './settings.js';
import { WholeFile } from './whole-file.js';

const LOOKED_AT: readonly SettingName[] = [...CHECKED, 'alerts'];

interface SupportFlags extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly json?: boolean;
}

const ABOUT = `What a suho engine and its machine tell of themselves, for whoever helps with it.

machine.json      the machine, and the version of the command that wrote this
settings.json     the settings as the command sees them, without secrets
doctor.json       what suho doctor finds
folder.txt        the data folder: bytes, files and path
node/             of the running node; absent where none runs
  process.json    memory, processor time, what is open
  settings.json   its settings, without secrets
  status.json     parts, counts, latency
  actors.json     the actor tree: state, mailbox, restarts, last error
  actors.mmd      the same as a Mermaid flowchart
  metrics.txt     as Prometheus reads them
  jobs.json       jobs: when they ran, what failed
  alerts.json     alerts that stand or were over of late
  log.ndjson      the newest lines of the log

Left out: the ledger, candles, models, balances and positions. Passwords, keys, tokens, hashes of keys and addresses of people
are cut out. Ids of tenants and accounts, and addresses of EAs in the log, are in it.
`;

export function supportCommand(): Command {
  const command = new Command('support')
    .description('write a bundle for whoever helps: settings, checks, actors, metrics, newest log lines; no secrets, no trades')
    .option('--output <file>', 'the zip archive (default: suho-support-TIME.zip here)')
    .option('--json', 'one JSON line: output bytes node files[]')
    .addHelpText('after', '\nNothing is sent anywhere. Look through it before you send it.');
  return withSettings(command, LOOKED_AT).action(async (flags: SupportFlags) => {
    const { config, sources } = settingsOf(flags, LOOKED_AT);
    const now = new Date();
    const output = flags.output ?? `suho-support-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z.zip`;
    const scrub = scrubber([...secretsOf(config), ...(await alertSecrets(config))]);
    const settings = SETTING_NAMES.map((name) => [name, { value: shownValue(name, config[name]), source: sources[name] }]);
    const { node, files: told } = await nodeFilesOf(config.data);
    const { checks } = await checkAll(config);
    const own: SupportFiles = {
      'machine.json': pretty({ suho: SUHO_VERSION, at: now.toISOString(), ...machine() }),
      'settings.json': pretty(Object.fromEntries(settings)),
      'doctor.json': pretty(checks),
      'folder.txt': await folderText(config.data),
    };
    const cut = Object.entries({ ...own, ...told }).map(([name, text]) => [name, scrub(text)] as const);
    const bytes = await write(output, [['README.txt', ABOUT], ...cut], now);
    const names = cut.map(([name]) => name);
    if (flags.json) process.stdout.write(`${JSON.stringify({ output, bytes, node, files: names })}\n`);
    else process.stdout.write(summary(output, bytes, node, names));
  });
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function machine(): Readonly<Record<string, unknown>> {
  return {
    host: hostname(),
    node: process.version,
    platform: `${process.platform} ${process.arch} ${release()}`,
    memory: totalmem(),
    upSeconds: Math.round(uptime()),
  };
}

/** Where it cannot be read, no secret of it can have gone anywhere. */
async function alertSecrets({ alerts }: Config): Promise<readonly string[]> {
  return readAlertSettings(alerts).then(secretFieldsOf, () => []);
}

/** A node that does not answer is what a bundle is wanted for. */
async function nodeFilesOf(
  data: string,
): Promise<{ readonly node: 'running' | 'none' | 'silent'; readonly files: SupportFiles }> {
  try {
    const answered = await callNode<SupportFiles>(data, 'support.files', null);
    return answered === undefined ? { node: 'none', files: {} } : { node: 'running', files: answered.result };
  } catch (error) {
    return { node: 'silent', files: { 'node/unanswered.txt': `${sentence(error)}\n` } };
  }
}

/** Files at the top and in its folders; what lies deeper, as a store's parts do, is summed up. */
const DEPTH = 2;

async function folderText(data: string): Promise<string> {
  const sums = new Map<string, { bytes: number; files: number }>();
  try {
    const entries = await readdir(data, { recursive: true, withFileTypes: true });
    for (const { parentPath, name } of entries.filter((entry) => entry.isFile())) {
      const path = join(parentPath, name);
      const parts = relative(data, path).split(sep);
      const shown = parts.length <= DEPTH ? parts.join('/') : `${parts.slice(0, DEPTH).join('/')}/…`;
      const sum = sums.get(shown) ?? { bytes: 0, files: 0 };
      // It may be gone by now.
      sum.bytes += (await stat(path).catch(() => undefined))?.size ?? 0;
      sum.files += 1;
      sums.set(shown, sum);
    }
  } catch (error) {
    return `${sentence(error)}\n`;
  }
  const lines = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, LIMITS.support.files);
  return lines
    .map(([path, { bytes, files }]) => `${String(bytes).padStart(14)} ${String(files).padStart(7)}  ${path}\n`)
    .join('');
}

/** For its owner alone. */
async function write(output: string, files: readonly (readonly [string, string])[], mtime: Date): Promise<number> {
  await using file = await WholeFile.open(output, 0o600);
  const zip = new ZipFile();
  for (const [name, text] of files) zip.addBuffer(Buffer.from(text), name, { mtime, mode: 0o100600 });
  zip.end();
  await pipeline(zip.outputStream, file.stream, { end: false });
  await file.keep();
  return (await stat(output)).size;
}

function summary(output: string, bytes: number, node: string, names: readonly string[]): string {
  const told = { running: 'with what the running node tells', none: 'no node runs', silent: 'the node does not answer' }[node];
  const size = `${(bytes / 1_000).toFixed(0)} kB, ${names.length} files, ${told}`;
  return `${output}: ${size}\nNothing was sent anywhere. Look through it before you send it.\n`;
}
