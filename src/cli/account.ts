import { Command } from 'commander';
import type { IssuedAccount, SetAccount } from '../accounts/catalogue.js';
import type { SettingName } from '../config.js';
import type { AccountRow } from '../storage/ledger/ledger.js';
import { callCatalogue } from './catalogue-client.js';
import { jsonArgument } from './json-argument.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

interface AccountFlags extends Readonly<Record<string, unknown>> {
  readonly tenant?: string;
  readonly count?: string;
  readonly mode?: string;
  readonly suho1?: string;
  readonly trading?: string;
  readonly json?: boolean;
}

type ShownAccount = Omit<AccountRow, 'keyHash'>;

function line(account: ShownAccount): string {
  const { id, tenantId, mode, seq, epoch, login, server, currency, disabled } = account;
  const bound = login === null ? 'not bound yet' : `${login}@${server} ${currency}`;
  return `${id}  ${tenantId.padEnd(20)} ${mode.padEnd(8)} signals ${String(seq).padStart(6)}  sessions ${String(epoch).padStart(5)}  ${bound}${disabled === null ? '' : `  DISABLED: ${disabled.reason}`}\n`;
}

function show(issued: readonly IssuedAccount[], json: boolean | undefined): void {
  for (const account of issued)
    process.stdout.write(json ? `${JSON.stringify(account)}\n` : `account ${account.account}\nkey     ${account.key}\n`);
  if (!json) process.stderr.write('suho: keep the key now; it is not shown again.\n');
}

function shown(account: AccountRow, json: boolean | undefined): void {
  const { keyHash: _, ...told } = account;
  process.stdout.write(json ? `${JSON.stringify(told)}\n` : line(told));
}

export function accountCommand(): Command {
  const command = new Command('account').description('add, list and change the MT5 accounts of tenants');
  const add = command
    .command('add')
    .description('add accounts; each key is shown once and not kept')
    .requiredOption('--tenant <id>', 'the tenant they belong to')
    .option('--count <n>', 'how many', '1')
    .option('--mode <mode>', 'observe (signals shown, none executed), demo or live', 'observe')
    .option('--suho1 <table>', 'symbol table of a suho-1 EA: current or older')
    .option('--json', 'a JSON line each: account tenant key');
  withSettings(add, STORES).action(async (flags: AccountFlags) => {
    const input = { tenant: flags.tenant, count: Number(flags.count), mode: flags.mode, suho1Table: flags.suho1 ?? null };
    const issued = await callCatalogue<readonly IssuedAccount[]>(settingsOf(flags, STORES).config, 'account.add', input);
    show(issued, flags.json);
  });
  const list = command
    .command('list')
    .description('list accounts')
    .option('--tenant <id>', 'only those of one tenant')
    .option('--json', 'a JSON line each');
  withSettings(list, STORES).action(async (flags: AccountFlags) => {
    const input = flags.tenant === undefined ? {} : { tenant: flags.tenant };
    const accounts = await callCatalogue<readonly ShownAccount[]>(settingsOf(flags, STORES).config, 'account.list', input);
    for (const account of accounts) process.stdout.write(flags.json ? `${JSON.stringify(account)}\n` : line(account));
  });
  const mode = command
    .command('mode <id> <mode>')
    .description('observe: signals shown, none executed; demo: executed on demo accounts; live: executed with real money')
    .option('--json', 'a JSON line');
  withSettings(mode, STORES).action(async (id: string, wished: string, flags: AccountFlags) => {
    const { config } = settingsOf(flags, STORES);
    shown(await callCatalogue<AccountRow>(config, 'account.mode', { id, mode: wished }), flags.json);
  });
  const set = command
    .command('set <id>')
    .description('set trading settings of this account alone, laid over those of its tenant; shows what holds for it then')
    .requiredOption(
      '--trading <json>',
      'all that are to differ from its tenant’s: a file, or {"risk":{…},"exits":{…}}; {} for none',
    )
    .option('--json', 'a JSON line: account effective');
  withSettings(set, STORES).action(async (id: string, flags: AccountFlags) => {
    const trading = await jsonArgument('--trading', flags.trading as string);
    const done = await callCatalogue<SetAccount>(settingsOf(flags, STORES).config, 'account.set', { id, trading });
    const { keyHash: _, ...account } = done.account;
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ account, effective: done.effective })}\n`
        : `${line(account)}${JSON.stringify(done.effective, null, 2)}\n`,
    );
  });
  const rotate = command
    .command('rotate <id>')
    .description('give the account another key, shown once; the one before, and its session, are worth nothing from then on')
    .option('--json', 'a JSON line: account tenant key');
  withSettings(rotate, STORES).action(async (id: string, flags: AccountFlags) => {
    show([await callCatalogue<IssuedAccount>(settingsOf(flags, STORES).config, 'account.rotate', { id })], flags.json);
  });
  const revoke = command
    .command('revoke <id>')
    .description('take the account its key: no EA comes in for it until it is given another by rotate')
    .option('--json', 'a JSON line');
  withSettings(revoke, STORES).action(async (id: string, flags: AccountFlags) => {
    shown(await callCatalogue<AccountRow>(settingsOf(flags, STORES).config, 'account.revoke', { id }), flags.json);
  });
  return command;
}
