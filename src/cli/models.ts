import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { callNode } from '../admin/control.js';
import type { ModelUse } from '../admin/control-methods.js';
import type { Config, SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { InferencePool } from '../inference/inference-pool.js';
import { type EnsembleFile, type ModelFile, readCardFile, readModelFolder } from '../inference/model-files.js';
import { inspectEnsemble, inspectModel } from '../inference/model-inspection.js';
import {
  type ModelStock,
  readStock,
  SHIPPED_MODELS,
  type StockedEnsemble,
  type StockedModel,
  type StockState,
  stock,
} from '../inference/model-stock.js';
import { InferenceThreads } from '../inference/threads.js';
import { modelName } from '../models/model-card.js';
import { type Promotion, promotionOf } from '../models/promotion.js';
import { systemClock } from '../runtime/clock.js';
import { createLogger } from '../runtime/logger.js';
import { addOwnCommand } from './own-models.js';
import { settingsOf, withSettings } from './settings.js';

const USED: readonly SettingName[] = ['data'];

interface Flags extends Readonly<Record<string, unknown>> {
  readonly json?: boolean;
}

interface AddFlags extends Flags {
  readonly arm?: boolean;
  readonly replace?: boolean;
}

type CardFile = ModelFile | EnsembleFile;

export function modelsCommand(): Command {
  const command = new Command('models').description(
    'the models that predict: which there are, whether they fit, and a new one put to use',
  );
  const list = command
    .command('list')
    .description('tell of the models that are shipped and of those of the data folder')
    .option('--json', 'a JSON line each: name kind version timeframe state origin trainedAt expiresAt expired metrics');
  withSettings(list, USED).action(async (flags: Flags) => listModels(settingsOf(flags, USED).config, flags.json === true));
  command
    .command('check')
    .description('look whether a model, or all of a folder, fit this engine: card, graph, columns, ports, expiry, and a run')
    .argument('[path]', 'a card, or a folder of them', SHIPPED_MODELS)
    .option('--json', 'one JSON line: checked problems[{file sentence}]')
    .addHelpText('after', '\nExit 0 when nothing is wrong, 1 when something is.')
    .action((path: string, flags: Flags) => checkModels(path, flags.json === true));
  const add = command
    .command('add')
    .description('put a trained model to use, if the rule of promotion lets it')
    .argument('<card>', 'its card, with its graph beside it')
    .option('--arm', 'try it on a tenth of the signals, whatever the rule says')
    .option('--replace', 'let it take the place of the one that stands, whatever the rule says')
    .option('--json', 'one JSON line: name version state reason card node')
    .addHelpText(
      'after',
      '\nIt is deployed when its first metric is five points better on held-out data than that of the version that stands; else it is\ntried as an A/B arm; what is worse than its baselines is refused. What is broken is refused in any case. Exit 1 when refused.',
    );
  withSettings(add, USED).action(async (card: string, flags: AddFlags) => addModel(card, settingsOf(flags, USED).config, flags));
  addOwnCommand(command);
  return command;
}

async function listModels({ data }: Config, json: boolean): Promise<void> {
  const { models, ensembles, unreadable } = await readStock(SHIPPED_MODELS, data);
  const all = [...models, ...ensembles].map(lineOf);
  for (const line of all) process.stdout.write(`${json ? JSON.stringify(line) : lineText(line)}\n`);
  if (all.length === 0 && !json) process.stdout.write('there are no models; suho train makes some\n');
  for (const sentence of unreadable) process.stderr.write(`suho: ${sentence}\n`);
}

function lineOf({ card, state, origin }: StockedModel | StockedEnsemble) {
  const { name, kind, version, timeframe, trainedAt, expiresAt, metrics } = card;
  const expired = systemClock.nowMs() >= Date.parse(expiresAt);
  return { name, kind, version, timeframe, state, origin, trainedAt, expiresAt, expired, metrics };
}

function lineText({
  name,
  kind,
  version,
  timeframe,
  state,
  origin,
  trainedAt,
  expiresAt,
  expired,
  metrics,
}: ReturnType<typeof lineOf>): string {
  const [main] = metrics;
  const told = main === undefined ? '' : `${main.name} ${main.model.toFixed(4)}${besideText(main.baselines)}`;
  const use = `${state === 'arm' ? 'A/B arm' : state}, ${origin}`;
  const until = expired ? `expired ${expiresAt.slice(0, 10)}` : `expires ${expiresAt.slice(0, 10)}`;
  return `${`${name}@${version}`.padEnd(18)} ${kind.padEnd(5)} ${timeframe.padEnd(3)} ${use.padEnd(17)} trained ${trainedAt.slice(0, 10)}, ${until}  ${told}`;
}

function besideText(baselines: Readonly<Record<string, number>>): string {
  const words = Object.entries(baselines).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

/** A pool of one thread, for as long as it is used. */
async function withPool<T>(use: (pool: InferencePool) => Promise<T>): Promise<T> {
  const logger = createLogger('silent');
  const threads = new InferenceThreads({ machine: systemClock, logger, count: 1 });
  const pool = new InferencePool({ threads, clock: systemClock });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

interface Problem {
  readonly file: string;
  readonly sentence: string;
}

async function checkModels(path: string, json: boolean): Promise<void> {
  const { files, unreadable } = await cardsAt(path);
  const problems: Problem[] = unreadable.map((sentence) => ({ file: path, sentence }));
  const checked: string[] = [];
  await withPool(async (pool) => {
    for (const file of files) {
      const found = await problemsOf(file, files, pool);
      checked.push(modelName(file.card));
      problems.push(...found.map((sentence) => ({ file: 'graph' in file ? file.graph : file.file, sentence })));
      if (!json) process.stdout.write(`${found.length === 0 ? '✓' : '✗'} ${[modelName(file.card), ...found].join('\n  ')}\n`);
    }
  });
  if (json) process.stdout.write(`${JSON.stringify({ checked, problems })}\n`);
  else for (const sentence of unreadable) process.stdout.write(`✗ ${sentence}\n`);
  if (checked.length + problems.length === 0) throw new SuhoError('NOT_FOUND', `there is no model in ${path}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

async function cardsAt(path: string): Promise<{ readonly files: readonly CardFile[]; readonly unreadable: readonly string[] }> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new SuhoError('FILE_UNREADABLE', `${path} is not there`);
  if (!found.isDirectory()) {
    const file = await readCardFile(path);
    return { files: [file], unreadable: [] };
  }
  const { models, ensembles, unreadable } = await readModelFolder(path);
  return { files: [...models, ...ensembles], unreadable };
}

function problemsOf(file: CardFile, beside: readonly CardFile[], pool: InferencePool): Promise<readonly string[]> {
  const nowMs = systemClock.nowMs();
  if ('graph' in file) return inspectModel(file, pool, nowMs);
  // One that is looked at alone is compared with nothing.
  const models = beside.filter((one): one is ModelFile => 'graph' in one);
  const problems = models.length === 0 ? [] : inspectEnsemble(file, models, nowMs);
  return Promise.resolve(problems);
}

async function addModel(path: string, { data }: Config, flags: AddFlags): Promise<void> {
  if (flags.arm && flags.replace) throw new SuhoError('USAGE', '--arm and --replace cannot both be had.');
  const file = await readCardFile(path);
  const stocked = await readStock(SHIPPED_MODELS, data);
  const { state, reason } = await decided(file, stocked, flags);
  const { name, version } = file.card;
  if (state === 'refused') return report({ name, version, state, reason, card: null, node: null }, flags);
  const from = ('graph' in file ? file.graph : file.file).replace(/\.(onnx|json)$/, '');
  const endings = ['.onnx', '.png', '.json'];
  const there = await Promise.all(
    endings.map((ending) =>
      stat(`${from}${ending}`).then(
        () => true,
        () => false,
      ),
    ),
  );
  const card = await stock({ name, version, from, endings: endings.filter((_, at) => there[at]) }, state, resolve(data));
  return report({ name, version, state, reason, card, node: await tellNode(data, card, state) }, flags);
}

/** What it is to be, by the rule or by the operator's word; nobody's word mends what is broken. */
async function decided(file: CardFile, stocked: ModelStock, flags: AddFlags): Promise<Promotion> {
  const { card } = file;
  const { models } = stocked;
  const standing = standingOf(file, stocked);
  if (standing !== undefined && card.version <= standing.card.version) {
    const is = `${modelName(standing.card)} stands already, and a new version has a higher number: suho train --model-version ${standing.card.version + 1}`;
    return { state: 'refused', reason: is };
  }
  const arm = models.find((one) => one.card.name === card.name && one.card.version === card.version);
  if (arm !== undefined && 'graph' in file && arm.card.sha256 !== file.card.sha256)
    return { state: 'refused', reason: `${modelName(card)} is an arm already, and another model: a new one has a higher number` };
  const broken =
    'graph' in file
      ? await withPool((pool) => inspectModel(file, pool, systemClock.nowMs()))
      : inspectEnsemble(file, models, systemClock.nowMs());
  if (broken.length > 0) return { state: 'refused', reason: broken.join('; ') };
  const rule = promotionOf(card, standing?.card);
  if (!flags.arm && !flags.replace) return rule;
  const state = flags.replace ? 'deployed' : 'arm';
  return state === rule.state
    ? rule
    : {
        state,
        reason: `by the operator's word; by the rule it is ${rule.state === 'arm' ? 'an arm' : rule.state}: ${rule.reason}`,
      };
}

function standingOf(file: CardFile, { models, ensembles }: ModelStock): StockedModel | StockedEnsemble | undefined {
  const among: readonly (StockedModel | StockedEnsemble)[] = 'graph' in file ? models : ensembles;
  return among.find(({ card, state }) => card.name === file.card.name && state === 'deployed');
}

/** What a running node did with it; null where none runs. */
async function tellNode(data: string, card: string, state: StockState): Promise<ModelUse | null> {
  try {
    return (await callNode<ModelUse>(data, 'models.use', { card, state }))?.result ?? null;
  } catch (error) {
    if (error instanceof SuhoError && error.code === 'NOT_FOUND')
      return { used: false, sentence: 'the node that runs takes models at its start only' };
    throw error;
  }
}

interface Added {
  readonly name: string;
  readonly version: number;
  readonly state: Promotion['state'];
  readonly reason: string;
  readonly card: string | null;
  readonly node: ModelUse | null;
}

function report(added: Added, { json }: Flags): void {
  const { state, reason, card, node } = added;
  if (json) process.stdout.write(`${JSON.stringify(added)}\n`);
  else {
    const is = state === 'arm' ? 'an A/B arm' : state;
    process.stdout.write(`${modelName(added)} is ${is}: ${reason}\n`);
    if (card !== null) process.stdout.write(`${card}\n`);
    if (state !== 'refused') process.stdout.write(`${nodeText(node)}\n`);
  }
  process.exitCode = state === 'refused' || node?.used === false ? 1 : 0;
}

function nodeText(node: ModelUse | null): string {
  if (node === null) return 'no node runs on this data folder; the next one uses it';
  return node.used ? 'the running node uses it now' : `the running node does not use it: ${node.sentence}`;
}
