import { Command } from 'commander';
import { flagOf, resolveConfig, SETTING_NAMES, SETTINGS, shownValue, variableOf } from '../config.js';

export function configCommand(): Command {
  const command = new Command('config').description('check the settings, or print them with where each came from');
  command
    .command('check')
    .description('exit 0 when every setting is valid, 2 with a sentence when one is not')
    .option('--config <file>', 'settings file', undefined)
    .action((options: { config?: string }) => {
      const { file } = resolveConfig(options.config === undefined ? {} : { file: options.config });
      process.stdout.write(`settings are valid${file === undefined ? '' : ` (${file})`}\n`);
    });
  command
    .command('print')
    .description('print every setting: value, where it came from, its flag and its variable')
    .option('--config <file>', 'settings file', undefined)
    .option('--json', 'one JSON line')
    .action((options: { config?: string; json?: boolean }) => {
      const { config, sources } = resolveConfig(options.config === undefined ? {} : { file: options.config });
      const rows = SETTING_NAMES.map((name) => ({ name, value: shownValue(name, config[name]), source: sources[name] }));
      if (options.json) {
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
