import { Command } from 'commander';
import type { Alert } from '../alerts/alert.js';
import { figuresOf, headOf, stateOf } from '../alerts/message-text.js';
import { readAlertSettings } from '../admin/alerts/alert-settings-file.js';
import type { ChannelState } from '../admin/alerts/alert-desk.js';
import type { LinkedChat } from '../admin/alerts/chat-links.js';
import { callNode } from '../admin/control.js';
import type { SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data'];

interface AlertFlags extends Readonly<Record<string, unknown>> {
  readonly all?: boolean;
  readonly json?: boolean;
  readonly note?: string;
  readonly by?: string;
  readonly channel?: string;
  readonly tenant?: string;
  readonly act?: boolean;
}

/** Alerts are a running node's: where none runs, nobody looks. */
async function ask<R>(flags: AlertFlags, method: string, input: unknown): Promise<R> {
  const { config } = settingsOf(flags, STORES);
  const answered = await callNode<R>(config.data, method, input);
  if (answered === undefined)
    throw new SuhoError('UNREACHABLE', `no node runs on ${config.data}: alerts are those of a running node`);
  return answered.result;
}

function print(flags: AlertFlags, value: unknown, text: string): void {
  process.stdout.write(`${flags.json ? JSON.stringify(value) : text}\n`);
}

function alertText(alert: Alert): string {
  const figures = figuresOf(alert);
  return [headOf(alert), alert.sentence, ...(figures === '' ? [] : [figures]), stateOf(alert)].join('\n  ');
}

const chatText = ({ name, channel, tenantId, acts }: LinkedChat): string =>
  `${name} by ${channel}: sees ${tenantId === null ? 'all' : `tenant ${tenantId}`}, ${acts ? 'may act' : 'looks'}`;

async function list(flags: AlertFlags): Promise<void> {
  const alerts = await ask<readonly Alert[]>(flags, 'alerts.list', null);
  const shown = alerts.filter(({ resolvedMs }) => flags.all || resolvedMs === null);
  for (const alert of shown) print(flags, alert, alertText(alert));
  if (shown.length === 0 && !flags.json) print(flags, null, 'no alert stands');
}

async function acknowledge(name: string, flags: AlertFlags): Promise<void> {
  const { note = '', by } = flags;
  const alert = await ask<Alert>(flags, 'alerts.acknowledge', { alert: name, note, ...(by === undefined ? {} : { by }) });
  print(flags, alert, alertText(alert));
}

async function test(name: string, flags: AlertFlags): Promise<void> {
  await ask(flags, 'alerts.test', name);
  print(flags, { channel: name, sent: true }, `${name} has taken it`);
}

async function link(name: string, flags: AlertFlags): Promise<void> {
  const { channel, tenant, act, by } = flags;
  if (channel === undefined) throw new SuhoError('USAGE', 'by which channel? --channel NAME');
  const wanted = { channel, name, acts: act ?? false, ...(tenant && { tenant }), ...(by && { by }) };
  const { code, untilMs } = await ask<{ readonly code: string; readonly untilMs: number }>(flags, 'alerts.link', wanted);
  const until = new Date(untilMs).toISOString().slice(11, 16);
  print(flags, { name, channel, code, untilMs }, `send this to the bot, once, until ${until} UTC:\n/link ${code}`);
}

async function chats(flags: AlertFlags): Promise<void> {
  const linked = await ask<readonly LinkedChat[]>(flags, 'alerts.chats', null);
  for (const chat of linked) print(flags, chat, chatText(chat));
  if (linked.length === 0 && !flags.json) print(flags, null, 'no chat is linked');
}

async function unlink(name: string, flags: AlertFlags): Promise<void> {
  const chat = await ask<LinkedChat>(flags, 'alerts.unlink', { name, ...(flags.by && { by: flags.by }) });
  print(flags, chat, `${name} is not linked any more`);
}

async function channels(flags: AlertFlags): Promise<void> {
  for (const channel of await ask<readonly ChannelState[]>(flags, 'alerts.channels', null)) {
    const { name, kind, waiting, fault } = channel;
    print(flags, channel, `${name} (${kind}): ${fault ?? 'gets through'}, ${waiting} waiting`);
  }
}

/** Of a file, before a node is started with it. */
async function check(file: string, flags: AlertFlags): Promise<void> {
  const { rules, channels: named } = await readAlertSettings(file);
  const told = { channels: Object.keys(named), rules: rules.length };
  print(flags, told, `${file}: ${told.rules} rules, channels: ${told.channels.join(', ') || 'none'}`);
}

export function alertsCommand(): Command {
  const command = new Command('alerts').description('what is wrong, who is on it, and how somebody is told');
  const sub = (words: string, description: string): Command =>
    withSettings(command.command(words).description(description).option('--json', 'a JSON line each'), STORES);
  const by = 'who you are, for the audit log (default: operator)';
  sub('list', 'alerts that stand, newest first').option('--all', 'and those that are over').action(list);
  sub('ack <alert>', 'somebody is on it: it is escalated no further; by its number or id')
    .option('--note <text>', 'what there is to say')
    .option('--by <name>', by)
    .action(acknowledge);
  sub('channels', 'how each channel gets on').action(channels);
  sub('test <channel>', 'send a message by a channel now').action(test);
  sub('link <name>', 'a code by which somebody’s chat is linked to a Telegram channel')
    .option('--channel <name>', 'the channel')
    .option('--tenant <id>', 'sees this tenant alone')
    .option('--act', 'may acknowledge, and stop')
    .option('--by <name>', by)
    .action(link);
  sub('chats', 'who is linked').action(chats);
  sub('unlink <name>', 'a chat is not heard any more').option('--by <name>', by).action(unlink);
  sub('check <file>', 'read a file of settings as a node would').action(check);
  return command;
}
