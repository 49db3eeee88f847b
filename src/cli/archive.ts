import { Command } from 'commander';
import type { SettingName } from '../config.js';
import type { ArchivedObject } from '../storage/archive/archive-catalogue.js';
import type { ArchiveReport, Restored } from '../storage/archive/archiver.js';
import { withArchive } from './archive-source.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger', 'analytics', 'archive'];

interface ArchiveFlags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
}

interface RestoreFlags extends ArchiveFlags {
  readonly print?: boolean;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

export function archiveCommand(): Command {
  const command = new Command('archive').description(
    'what is past its time: moved out of the ledger, copied from analytics, checked, and had back',
  );
  addRun(command);
  addList(command);
  addVerify(command);
  addRestore(command);
  return command;
}

function addRun(command: Command): void {
  const run = command
    .command('run')
    .description('move what is past its time into the archive now, as the job does every night')
    .option('--json', 'one JSON line: name outcome sentence tookMs')
    .addHelpText('after', '\nExit 0 when it is done, 1 when it failed; what it had begun is finished by the next run.');
  withSettings(run, STORES).action(async (flags: ArchiveFlags) => {
    const report = await withArchive(settingsOf(flags, STORES).config, (archive) => archive.run());
    print(flags.json ? JSON.stringify(report) : `archive: ${report.outcome}, ${report.sentence}`);
    process.exitCode = report.outcome === 'done' ? 0 : 1;
  });
}

function addList(command: Command): void {
  const list = command
    .command('list')
    .description('list the objects of the archive, also those that are gone')
    .option('--json', 'a JSON line each');
  withSettings(list, STORES).action(async (flags: ArchiveFlags) => {
    const objects = await withArchive(settingsOf(flags, STORES).config, (archive) => archive.list());
    for (const object of objects) print(flags.json ? JSON.stringify(object) : line(object));
  });
}

function addVerify(command: Command): void {
  const verify = command
    .command('verify')
    .description('read every object and compare it with the catalogue; changes nothing')
    .option('--json', 'one JSON line: ok objects rows bytes faults[name what] strays[]')
    .addHelpText('after', '\nExit 0 when all are whole, 1 when one is missing or not what was written.');
  withSettings(verify, STORES).action(async (flags: ArchiveFlags) => {
    const report = await withArchive(settingsOf(flags, STORES).config, (archive) => archive.verify());
    print(flags.json ? JSON.stringify(report) : verified(report));
    process.exitCode = report.ok ? 0 : 1;
  });
}

function addRestore(command: Command): void {
  const restore = command
    .command('restore <name>')
    .description('put an object’s rows back into their table, where they stay for 48 hours; or print them')
    .option('--print', 'print the rows instead, a JSON line each; nothing is put back')
    .option('--json', 'one JSON line: name kind rows back heldUntil');
  withSettings(restore, STORES).action(async (name: string, flags: RestoreFlags) => {
    const { config } = settingsOf(flags, STORES);
    if (flags.print) {
      for (const row of await withArchive(config, (archive) => archive.rows(name))) print(JSON.stringify(row));
      return;
    }
    const restored = await withArchive(config, (archive) => archive.restore(name));
    print(flags.json ? JSON.stringify(restored) : back(restored));
  });
}

const instant = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');

function line({ name, state, rows, bytes, fromMs, toMs }: ArchivedObject): string {
  return `${state.padEnd(7)} ${instant(fromMs)} to ${instant(toMs)}  ${rows} rows, ${bytes} bytes  ${name}`;
}

function verified({ ok, objects, rows, bytes, faults, strays }: ArchiveReport): string {
  const counted = `${objects} objects, ${rows} rows, ${bytes} bytes`;
  const head = ok ? `the archive is whole: ${counted}` : `the archive is not whole: ${faults.length} faults in ${counted}`;
  const unknown = strays.map((name) => `${name} is not in the catalogue: of a run that was cut off, or of another ledger`);
  return [head, ...faults.map(({ what }) => what), ...unknown].join('\n');
}

function back({ name, kind, rows, back: put, heldUntil }: Restored): string {
  return `${name}: ${put} of ${rows} rows put back into ${kind}, until ${instant(heldUntil)}; the others were there`;
}
