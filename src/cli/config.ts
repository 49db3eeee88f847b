import { Command } from 'commander';
import { flagOf, SETTING_NAMES, SETTINGS, shownValue, variableOf } from '../config.js';
import { settingsOf, withSettings } from './settings.js';

interface Flags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
}

export function configCommand(): Command {
  const command = new Command('config').description('check the settings, or print them with where each came from');
  const check = command
    .command('check')
    .description('exit 0 when every setting is valid, 2 with a sentence when one is not')
    .option('--json', 'one JSON line');
  withSettings(check, SETTING_NAMES).action((flags: Flags) => {
    const { file } = settingsOf(flags, SETTING_NAMES);
    if (flags.json) process.stdout.write(`${JSON.stringify({ ok: true, file: file ?? null })}\n`);
    else process.stdout.write(`settings are valid${file === undefined ? '' : ` (${file})`}\n`);
  });
  const print = command
    .command('print')
    .description('print every setting: value, where it came from, its flag and its variable')
    .option('--json', 'one JSON line');
  withSettings(print, SETTING_NAMES).action((flags: Flags) => {
    const { config, sources } = settingsOf(flags, SETTING_NAMES);
    const rows = SETTING_NAMES.map((name) => ({ name, value: shownValue(name, config[name]), source: sources[name] }));
    if (flags.json) {
      process.stdout.write(`${JSON.stringify(Object.fromEntries(rows.map(({ name, ...rest }) => [name, rest])))}\n`);
      return;
    }
    for (const { name, value, source } of rows) {
      process.stdout.write(
        `${name.padEnd(11)} ${String(value === '' ? '-' : value).padEnd(12)} ${source.padEnd(12)} ${flagOf(name).padEnd(14)} ${variableOf(name).padEnd(17)} ${SETTINGS[name].help}\n`,
      );
    }
  });
  return command;
}
