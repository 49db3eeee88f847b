import { Command } from 'commander';
import { callNode } from '../admin/control.js';
import { SuhoError } from '../errors.js';
import type { SettingName } from '../config.js';
import { settingsOf, withSettings } from './settings.js';

const FOLDER: readonly SettingName[] = ['data'];

interface TokenFlags extends Readonly<Record<string, unknown>> {
  readonly leaked?: boolean;
  readonly json?: boolean;
}

export function tokensCommand(): Command {
  const command = new Command('tokens').description('change the key with which the running node signs tokens for HTTP');
  const rotate = command
    .command('rotate')
    .description('sign with another key; tokens of the one before are taken until the last of them ends')
    .option('--leaked', 'tokens of the one before are taken no more')
    .option('--json', 'a JSON line');
  withSettings(rotate, FOLDER).action(async (flags: TokenFlags) => {
    const { data } = settingsOf(flags, FOLDER).config;
    const answered = await callNode<{ readonly key: string }>(data, 'tokens.rotate', { leaked: flags.leaked === true });
    if (answered === undefined) throw new SuhoError('UNREACHABLE', `no node runs on the data folder ${data}`);
    const { result } = answered;
    process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : `tokens are signed with key ${result.key} now\n`);
  });
  return command;
}
