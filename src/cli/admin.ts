import { Command } from 'commander';
import { callNode } from '../admin/control.js';
import type { SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import type { AdminLink } from '../node/access.js';
import { settingsOf, withSettings } from './settings.js';

const FOLDER: readonly SettingName[] = ['data'];

export function adminCommand(): Command {
  const command = new Command('admin').description('come in to the running node’s page');
  const link = command
    .command('link')
    .description('print a link that lets whoever opens it in as the owner: once, within ten minutes')
    .option('--json', 'a JSON line');
  withSettings(link, FOLDER).action(async (flags: Readonly<Record<string, unknown>>) => {
    const { data } = settingsOf(flags, FOLDER).config;
    const answered = await callNode<AdminLink>(data, 'admin.link', null);
    if (answered === undefined) throw new SuhoError('UNREACHABLE', `no node runs on the data folder ${data}`);
    process.stdout.write(flags.json === true ? `${JSON.stringify(answered.result)}\n` : `${answered.result.url}\n`);
  });
  return command;
}
