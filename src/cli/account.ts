import { Command } from 'commander';
import {
  type IssuedAccount,
  type ListedAccount,
  type RotatedAccount,
  type SetAccount,
  shownAccount,
} from '../accounts/catalogue.js';
import type { SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { systemClock } from '../runtime/clock.js';
import type { AccountRow } from '../storage/ledger/ledger.js';
import { addAccountCommands } from './account-commands.js';
import { callCatalogue } from './catalogue-client.js';
import { jsonArgument } from './json-argument.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

interface AccountFlags extends Readonly<Record<string, unknown>> {
  readonly tenant?: string;
  readonly count?: string;
  readonly mode?: string;
  readonly suho1?: string;
  readonly overlap?: string;
  readonly finish?: boolean;
  readonly now?: boolean;
  readonly trading?: string;
  readonly json?: boolean;
}

type ShownAccount = ReturnType<typeof shownAccount>;

const instant = (ms: number): string => new Date(ms).toISOString();

function keysOf({ keyRevoked, previousUntil, keyUsedAt }: ShownAccount): string {
  if (keyRevoked) return '  key revoked';
  if (previousUntil === null || previousUntil <= systemClock.nowMs()) return '';
  return `  two keys until ${instant(previousUntil)}, the new one ${keyUsedAt === null ? 'not used yet' : `in use since ${instant(keyUsedAt)}`}`;
}

function line(account: ShownAccount): string {
  const { id, tenantId, mode, seq, epoch, login, server, currency, disabled } = account;
  const bound = login === null ? 'not bound yet' : `${login}@${server} ${currency}`;
  return `${id}  ${tenantId.padEnd(20)} ${mode.padEnd(8)} signals ${String(seq).padStart(6)}  sessions ${String(epoch).padStart(5)}  ${bound}${keysOf(account)}${disabled === null ? '' : `  DISABLED: ${disabled.reason}`}\n`;
}

function listedLine(account: ListedAccount): string {
  const { state, heardAt, silentSince } = account;
  const heard = heardAt === null ? '' : `, heard ${instant(heardAt)}`;
  const silent = silentSince === null ? '' : `, alarm since ${instant(silentSince)}`;
  return `${line(account).trimEnd()}  ${state}${heard}${silent}\n`;
}

function show(issued: readonly IssuedAccount[], json: boolean | undefined): void {
  for (const account of issued)
    process.stdout.write(json ? `${JSON.stringify(account)}\n` : `account ${account.account}\nkey     ${account.key}\n`);
  if (!json) process.stderr.write('suho: keep the key now; it is not shown again.\n');
}

function shown(account: AccountRow, json: boolean | undefined): void {
  const told = shownAccount(account);
  process.stdout.write(json ? `${JSON.stringify(told)}\n` : line(told));
}

async function rotate(id: string, flags: AccountFlags): Promise<void> {
  const { config } = settingsOf(flags, STORES);
  if ([flags.now, flags.finish, flags.overlap].filter((flag) => flag !== undefined).length > 1)
    throw new SuhoError('USAGE', 'of --overlap, --finish and --now one may be given');
  if (flags.finish) return shown(await callCatalogue<AccountRow>(config, 'account.finish', { id }), flags.json);
  const input = { id, ...(flags.overlap && { overlap: flags.overlap }), ...(flags.now && { now: true }) };
  const { previousUntil, ...issued } = await callCatalogue<RotatedAccount>(config, 'account.rotate', input);
  show([issued], flags.json);
  const before = previousUntil === null ? 'is worth nothing from now on' : `is valid until ${instant(previousUntil)}`;
  process.stderr.write(`suho: the key before ${before}.\n`);
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
    const accounts = await callCatalogue<readonly ListedAccount[]>(settingsOf(flags, STORES).config, 'account.list', input);
    for (const account of accounts) process.stdout.write(flags.json ? `${JSON.stringify(account)}\n` : listedLine(account));
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
    const account = shownAccount(done.account);
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ account, effective: done.effective })}\n`
        : `${line(account)}${JSON.stringify(done.effective, null, 2)}\n`,
    );
  });
  const disable = command
    .command('disable <id>')
    .description('open nothing for it until it is enabled; what is open stays open')
    .option('--reason <sentence>', 'why', 'an operator disabled it')
    .option('--json', 'a JSON line');
  withSettings(disable, STORES).action(async (id: string, flags: AccountFlags & { readonly reason?: string }) => {
    const { config } = settingsOf(flags, STORES);
    shown(await callCatalogue<AccountRow>(config, 'account.disable', { id, reason: flags.reason }), flags.json);
  });
  const enable = command.command('enable <id>').description('let it trade again').option('--json', 'a JSON line');
  withSettings(enable, STORES).action(async (id: string, flags: AccountFlags) => {
    shown(await callCatalogue<AccountRow>(settingsOf(flags, STORES).config, 'account.enable', { id }), flags.json);
  });
  addAccountCommands(command);
  const rotating = command
    .command('rotate <id>')
    .description('give the account another key, shown once; the one before is valid beside it for a while')
    .option('--overlap <duration>', 'how long, like 30m, 24h or 7d (default: 24h)')
    .option('--finish', 'the EA has its new key: the one before is worth nothing from now on')
    .option('--now', 'the key has leaked: the one before, and its session, are worth nothing from now on')
    .option('--json', 'a JSON line: account tenant key');
  withSettings(rotating, STORES).action(rotate);
  const revoke = command
    .command('revoke <id>')
    .description('take the account its keys and its session: no EA comes in until it is given another key by rotate')
    .option('--json', 'a JSON line');
  withSettings(revoke, STORES).action(async (id: string, flags: AccountFlags) => {
    shown(await callCatalogue<AccountRow>(settingsOf(flags, STORES).config, 'account.revoke', { id }), flags.json);
  });
  const unbind = command
    .command('unbind <id>')
    .description('forget the login, server and currency that its key is bound to: the next EA binds it anew')
    .option('--json', 'a JSON line');
  withSettings(unbind, STORES).action(async (id: string, flags: AccountFlags) => {
    shown(await callCatalogue<AccountRow>(settingsOf(flags, STORES).config, 'account.unbind', { id }), flags.json);
  });
  return command;
}
