import { Command, InvalidArgumentError } from 'commander';
import { actorGraph, type DrawnActor } from '../admin/actor-graph.js';
import { callNode } from '../admin/control.js';
import type { SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { settingsOf, withSettings } from './settings.js';

const FOLDER: readonly SettingName[] = ['data'];

interface GraphFlags extends Readonly<Record<string, unknown>> {
  readonly path: string;
  readonly depth: number;
  readonly children: number;
  readonly json?: boolean;
}

function whole(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= most) return value;
    throw new InvalidArgumentError(`it must be a whole number from 0 to ${most}.`);
  };
}

export function graphCommand(): Command {
  const command = new Command('graph')
    .description('draw the running node’s actors as a Mermaid flowchart: what each has handled, what waits, what is wrong')
    .option('--path <actor>', 'where to begin', '/engine')
    .option('--depth <n>', 'levels below it', whole(32), 32)
    .option(
      '--children <n>',
      'of each actor’s children so many are drawn, what is wrong first; the others are counted',
      whole(400),
      6,
    )
    .option('--json', 'one JSON line: the actors with all that is seen of them')
    .addHelpText(
      'after',
      '\nAnything that shows Mermaid shows it: suho graph > actors.mmd, or between ```mermaid and ``` in Markdown.',
    );
  return withSettings(command, FOLDER).action(async (flags: GraphFlags) => {
    const { data } = settingsOf(flags, FOLDER).config;
    const { path, depth, children } = flags;
    const answered = await callNode<DrawnActor>(data, 'actor.look', { path, depth });
    if (answered === undefined) throw new SuhoError('UNREACHABLE', `no node runs on ${data}`);
    process.stdout.write(flags.json ? `${JSON.stringify(answered.result)}\n` : actorGraph(answered.result, { children }));
  });
}
