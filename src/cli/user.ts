import { Command } from 'commander';
import { Passwords } from '../access/passwords.js';
import { checkUserInput, type ShownUser, UserDesk, type UserMethod, userMethods } from '../access/users.js';
import { callNode } from '../admin/control.js';
import type { Config, SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { systemClock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
import { withLedger } from './catalogue-client.js';
import { openLines } from './hidden-line.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

interface UserFlags extends Readonly<Record<string, unknown>> {
  readonly role?: string;
  readonly tenant?: string;
  readonly from?: string;
  readonly password?: boolean;
  readonly off?: boolean;
  readonly json?: boolean;
}

/** Asks the node that runs on the data folder; where none runs, opens the ledger itself for the time of the call. */
async function callUsers<R>(config: Config, method: UserMethod, input: unknown): Promise<R> {
  checkUserInput(method, input);
  const answered = await callNode<R>(config.data, method, input);
  if (answered !== undefined) return answered.result;
  return withLedger(config, async (ledger) => {
    const desk = new UserDesk({ ledger, passwords: new Passwords(entropyIds), ids: entropyIds, clock: systemClock });
    return (await userMethods(desk)[method](input)) as R;
  });
}

async function askPassword(): Promise<string> {
  const lines = openLines();
  try {
    const password = await lines.next('password: ', true);
    if (process.stdin.isTTY === true && (await lines.next('again: ', true)) !== password)
      throw new SuhoError('USAGE', 'the two passwords are not the same');
    return password;
  } finally {
    lines.close();
  }
}

function print({ rows }: { readonly rows: readonly ShownUser[] }, json: boolean | undefined): void {
  for (const user of rows) {
    const { name, role, tenantId, addresses, password, program, secondFactor } = user;
    const has = program ? 'key' : `${password ? 'password' : 'no password'}${secondFactor ? ', second factor' : ''}`;
    const from = addresses.length === 0 ? '' : `  from ${addresses.join(', ')}`;
    const line = `${name.padEnd(24)} ${role.padEnd(13)} ${(tenantId ?? '-').padEnd(20)} ${has}${from}`;
    process.stdout.write(json === true ? `${JSON.stringify(user)}\n` : `${line}\n`);
  }
}

const ranges = (from: string | undefined) =>
  from
    ?.split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');

async function listAll(config: Config): Promise<readonly ShownUser[]> {
  const users: ShownUser[] = [];
  for (let after: string | null | undefined = null; after !== undefined; ) {
    const page: { readonly rows: readonly ShownUser[]; readonly next?: string } = await callUsers(config, 'user.list', after);
    users.push(...page.rows);
    after = page.next;
  }
  return users;
}

/** Shows the secret, and asks for the first code that an authenticator makes of it. */
async function enrol(config: Config, name: string, json: boolean | undefined): Promise<void> {
  const begun = await callUsers<{ readonly secret: string; readonly url: string }>(config, 'user.totp', { name });
  process.stdout.write(json === true ? `${JSON.stringify(begun)}\n` : `secret  ${begun.secret}\n${begun.url}\n`);
  const lines = openLines();
  try {
    const code = (await lines.next('first code of the authenticator: ', false)).trim();
    const confirmed = await callUsers<{ readonly recoveryCodes: readonly string[] }>(config, 'user.totp-confirm', { name, code });
    const codes = confirmed.recoveryCodes.join('\n');
    process.stdout.write(
      json === true ? `${JSON.stringify(confirmed)}\n` : `recovery codes, each works once; they are not shown again:\n${codes}\n`,
    );
  } finally {
    lines.close();
  }
}

export function userCommand(): Command {
  const command = new Command('user').description('add, list, change and remove those who may sign in over HTTP');
  const sub = (words: string, description: string): Command =>
    withSettings(command.command(words).description(description).option('--json', 'a JSON line each'), STORES);
  const configOf = (flags: UserFlags): Config => settingsOf(flags, STORES).config;
  const from = '--from <ranges>';
  const fromHelp = 'addresses that the user may come from, 10.0.0.0/8,::1/128,…; "" for everywhere';

  sub('add <name>', 'add a user; the password is asked for, or the first line of standard input')
    .requiredOption('--role <role>', 'owner, operator, auditor, tenant-admin or tenant-reader')
    .option('--tenant <id>', 'the tenant of a tenant-admin or tenant-reader')
    .option(from, fromHelp)
    .option('--no-password', 'the user signs in by no password until one is set')
    .action(async (name: string, flags: UserFlags) => {
      const words = { name, role: flags.role, tenant: flags.tenant ?? null, addresses: ranges(flags.from) ?? [] };
      // What is wrong with it is said before a password is typed.
      checkUserInput('user.add', words);
      const password = flags.password === false ? null : await askPassword();
      print({ rows: [await callUsers<ShownUser>(configOf(flags), 'user.add', { ...words, password })] }, flags.json);
    });
  sub('list', 'list users').action(async (flags: UserFlags) => print({ rows: await listAll(configOf(flags)) }, flags.json));
  sub('set <name>', 'change a user’s role, or where from the user may come')
    .option('--role <role>', 'another role of the same tenant, or of none')
    .option(from, fromHelp)
    .action(async (name: string, flags: UserFlags) => {
      const change = { role: flags.role, addresses: ranges(flags.from) };
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      print({ rows: [await callUsers<ShownUser>(configOf(flags), 'user.set', { name, ...given })] }, flags.json);
    });
  sub('remove <name>', 'remove a user, and end its sign-ins').action(async (name: string, flags: UserFlags) => {
    await callUsers(configOf(flags), 'user.remove', { name });
    process.stdout.write(flags.json === true ? `${JSON.stringify({ removed: name })}\n` : `${name} is removed\n`);
  });
  sub('password <name>', 'set a user’s password, which is asked for, and end its sign-ins').action(
    async (name: string, flags: UserFlags) => {
      checkUserInput('user.remove', { name });
      await callUsers(configOf(flags), 'user.password', { name, password: await askPassword() });
      process.stdout.write(flags.json === true ? `${JSON.stringify({ changed: name })}\n` : `${name} has another password\n`);
    },
  );
  sub('totp <name>', 'give a user a second factor: shows the secret, then asks for the first code')
    .option('--off', 'take the second factor away')
    .action(async (name: string, flags: UserFlags) => {
      if (flags.off !== true) return enrol(configOf(flags), name, flags.json);
      await callUsers(configOf(flags), 'user.totp-off', { name });
      process.stdout.write(flags.json === true ? `${JSON.stringify({ changed: name })}\n` : `${name} has no second factor\n`);
    });
  return command;
}
