/** What an operator asks of an account's EA, and what became of it: each command waits for the EA's answer. */
import type { Command } from 'commander';
import { checkAsking, type CommandStanding } from '../accounts/command-requests.js';
import type { CommandAnswer } from '../accounts/commands.js';
import { callNode } from '../admin/control.js';
import type { Config, SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { systemClock } from '../runtime/clock.js';
import { entropyIds } from '../runtime/ids.js';
import type { CommandRow } from '../storage/ledger/commands.js';
import type { AccountRow } from '../storage/ledger/ledger.js';
import { callCatalogue } from './catalogue-client.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];
const LOOK_EVERY_MS = 250;

interface CommandFlags extends Readonly<Record<string, unknown>> {
  readonly tenant?: string;
  readonly everything?: boolean;
  readonly symbol?: string;
  readonly volume?: string;
  readonly sl?: string;
  readonly tp?: string;
  readonly reason?: string;
  /** How long to wait for its EA to connect; false: not even for its answer. */
  readonly wait?: string | boolean;
  readonly json?: boolean;
}

type Outcome =
  | { readonly account: string; readonly refused: string }
  | { readonly account: string; readonly command: CommandRow };

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function waitMsOf(text: string | boolean | undefined): number {
  if (typeof text !== 'string') return 0;
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(text) ?? [];
  const waitMs = Number(count) * (UNITS_MS[unit] ?? Number.NaN);
  if (!(waitMs > 0 && waitMs <= LIMITS.command.waitMostMs))
    throw new SuhoError('USAGE', `--wait takes a time like 30s, 10m or 1h, at most 1h, and not ${text}`);
  return waitMs;
}

async function ofNode<R>(config: Config, method: string, input: unknown): Promise<R> {
  const answered = await callNode<R>(config.data, method, input);
  if (answered === undefined) throw new SuhoError('UNREACHABLE', `no node runs on ${config.data}, so no EA is connected to it`);
  return answered.result;
}

const pause = (): Promise<void> => new Promise((done) => void systemClock.after(LOOK_EVERY_MS, done));

/** Until nothing more is to be heard of it. */
async function ending(config: Config, { accountId: id, id: command }: CommandRow): Promise<CommandRow> {
  let told = '';
  for (;;) {
    const standing = await ofNode<CommandStanding>(config, 'account.command-state', { id, command });
    const { state } = standing.command;
    if (standing.over) return standing.command;
    const says = state === 'PENDING' ? 'it waits for its EA to connect' : 'it has left, and waits for its EA’s answer';
    if (says !== told) process.stderr.write(`suho: ${id}: ${says}.\n`);
    told = says;
    await pause();
  }
}

function answerOf({ results, said }: CommandRow): string {
  const last = results.at(-1);
  const code = last === undefined || last.retcode === 0 ? '' : ` (${last.retcode})`;
  const deals = last !== undefined && last.deals.length > 0 ? `, ${last.deals.length} deals` : '';
  return `${said ?? ''}${code}${deals}`;
}

function shape({ action, scope, symbol, position, volume, stopLoss, takeProfit, signalId }: CommandRow): string {
  switch (action) {
    case 'CLOSE_ALL':
      return `close-all ${scope.toLowerCase()}${symbol === null ? '' : ` ${symbol}`}`;
    case 'CLOSE_POSITION':
      return `close ${position}, ${volume} lots`;
    case 'MODIFY':
      return `modify ${position}, stop ${stopLoss}, target ${takeProfit}`;
    case 'CANCEL_SIGNAL':
      return `cancel signal ${signalId}`;
    default:
      return action.toLowerCase().replaceAll('_', '-');
  }
}

function line(command: CommandRow): string {
  const at = new Date(command.createdAt).toISOString();
  const answer = answerOf(command);
  return `${at}  ${command.state.padEnd(9)} ${shape(command)}  by ${command.askedBy}: ${command.reason}${answer === '' ? '' : `  → ${answer}`}\n`;
}

function print(outcome: Outcome, json: boolean | undefined): void {
  if (json) process.stdout.write(`${JSON.stringify(outcome)}\n`);
  else if ('refused' in outcome) process.stdout.write(`${outcome.account}  refused: ${outcome.refused}\n`);
  else process.stdout.write(`${outcome.account}  ${line(outcome.command)}`);
}

async function outcomeOf(config: Config, asked: Readonly<Record<string, unknown>>, answer: boolean): Promise<Outcome> {
  const account = String(asked.id);
  const said = await ofNode<CommandAnswer>(config, 'account.command', asked);
  if (said.kind === 'refused') return { account, refused: said.sentence };
  return { account, command: answer ? await ending(config, said.command) : said.command };
}

/** Asks it of each account, all at once: what must be closed does not wait for its neighbour. */
async function ask(ids: readonly string[], more: Readonly<Record<string, unknown>>, flags: CommandFlags): Promise<void> {
  const { config } = settingsOf(flags, STORES);
  const waitMs = waitMsOf(flags.wait);
  const given = Object.entries({ ...more, reason: flags.reason, waitMs }).filter(([, value]) => value !== undefined);
  const asked = ids.map((id) => ({
    ...Object.fromEntries(given),
    id,
    request: entropyIds.idFor('request', systemClock.nowMs()),
  }));
  for (const one of asked) checkAsking(one);
  const outcomes = await Promise.all(asked.map((one) => outcomeOf(config, one, flags.wait !== false)));
  for (const outcome of outcomes) print(outcome, flags.json);
  const done = (outcome: Outcome): boolean =>
    'command' in outcome &&
    (outcome.command.state === 'EXECUTED' || (flags.wait === false && outcome.command.state !== 'REJECTED'));
  process.exitCode = outcomes.every(done) ? 0 : 1;
}

function asking(command: Command, waits: boolean): Command {
  command.option('--reason <sentence>', 'why; the EA and the ledger get it');
  if (waits) command.option('--wait <time>', 'where its EA is not connected: wait for it that long (30s, 10m, at most 1h)');
  command
    .option('--no-wait', 'do not wait for the answer of its EA')
    .option('--json', 'a JSON line: account, and command or refused');
  return withSettings(command, STORES);
}

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

async function accountsOf(flags: CommandFlags): Promise<readonly string[]> {
  const input = { tenant: flags.tenant };
  const rows = await callCatalogue<readonly AccountRow[]>(settingsOf(flags, STORES).config, 'account.list', input);
  if (rows.length === 0) throw new SuhoError('NOT_FOUND', `tenant ${flags.tenant} has no accounts`);
  return rows.map(({ id }) => id);
}

export function addAccountCommands(command: Command): void {
  const closeAll = command
    .command('close-all [id]')
    .description(
      'close what the engine opened, and call back what may still be executed; it does not stop new signals: disable does',
    )
    .option('--tenant <id>', 'of every account of a tenant')
    .option('--everything', 'the user’s own positions too')
    .option('--symbol <symbol>', 'only of this symbol');
  asking(closeAll, true).action(async (id: string | undefined, flags: CommandFlags) => {
    if ((id === undefined) === (flags.tenant === undefined)) throw new SuhoError('USAGE', 'an account, or --tenant?');
    const ids = id === undefined ? await accountsOf(flags) : [id];
    await ask(ids, { action: 'close-all', everything: flags.everything ?? false, symbol: flags.symbol }, flags);
  });
  const close = command
    .command('close <id> <position>')
    .description('close a position that the engine opened, or a part of it')
    .option('--volume <lots>', 'that much of it (default: all that is seen of it now)');
  asking(close, true).action((id: string, position: string, flags: CommandFlags) =>
    ask([id], { action: 'close', position, volume: number(flags.volume) }, flags),
  );
  const modify = command
    .command('modify <id> <position>')
    .description('move the stop or target of a position that the engine opened')
    .option('--sl <price>', 'its stop; 0 for none (default: as it is)')
    .option('--tp <price>', 'its target; 0 for none (default: as it is)');
  asking(modify, true).action((id: string, position: string, flags: CommandFlags) =>
    ask([id], { action: 'modify', position, stopLoss: number(flags.sl), takeProfit: number(flags.tp) }, flags),
  );
  const reconnect = command.command('reconnect <id>').description('have its EA connect anew');
  asking(reconnect, false).action((id: string, flags: CommandFlags) => ask([id], { action: 'reconnect' }, flags));
  const list = command
    .command('commands <id>')
    .description('what was asked of its EA and what became of it, newest first')
    .option('--json', 'a JSON line each');
  withSettings(list, STORES).action(async (id: string, flags: CommandFlags) => {
    const { config } = settingsOf(flags, STORES);
    for (const { command: row } of await callCatalogue<readonly CommandStanding[]>(config, 'account.commands', { id }))
      process.stdout.write(flags.json ? `${JSON.stringify(row)}\n` : line(row));
  });
}
