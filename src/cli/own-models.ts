/** `suho models own`: tenants' own models, of a running node, or of the ledger itself where none runs. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { checkOwnModelInput, OwnModelDesk, type OwnModelMethod, ownModelMethods } from '../accounts/own-models.js';
import { callNode } from '../admin/control.js';
import type { Config, SettingName } from '../config.js';
import { SuhoError, sentence } from '../errors.js';
import { OwnModels } from '../inference/own-models.js';
import { LIMITS } from '../limits.js';
import { systemClock } from '../runtime/clock.js';
import { silentLogger } from '../runtime/logger.js';
import type { OwnModelRow } from '../storage/ledger/own-models.js';
import { withLedger } from './catalogue-client.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];
const ENDING = '.onnx';

interface OwnFlags extends Readonly<Record<string, unknown>> {
  readonly tenant?: string;
  readonly name?: string;
  readonly horizon?: string;
  readonly timeframe?: string;
  readonly json?: boolean;
}

function print(models: readonly OwnModelRow[], json: boolean | undefined): void {
  for (const model of models) {
    const { name, version, timeframe, sha256, card } = model;
    const steps = `${card.input.steps} ${card.input.steps === 1 ? 'vector' : 'vectors'}`;
    const ran = card.trial === null ? '' : `  ${card.trial.runMs.toFixed(2)} ms`;
    const named = `${name}@${version}`.padEnd(24);
    process.stdout.write(
      json
        ? `${JSON.stringify(model)}\n`
        : `${named} ${timeframe.padEnd(4)} ${card.horizon.padEnd(4)} ${card.says.kind.padEnd(10)} ${steps.padEnd(12)} ${sha256.slice(0, 12)}${ran}\n`,
    );
  }
}

/** Its size is looked at first: a file that is far too large is not read. */
async function readGraph(file: string): Promise<string> {
  const most = LIMITS.ownModels.graphBytes;
  try {
    const { size } = await stat(file);
    if (size > most) throw new SuhoError('INPUT_INVALID', `${file} has ${size} bytes, more than the ${most} of a model`);
    return (await readFile(file)).toString('base64');
  } catch (error) {
    if (error instanceof SuhoError) throw error;
    throw new SuhoError('FILE_UNREADABLE', `${file} cannot be read: ${sentence(error)}`, { cause: error });
  }
}

async function call<R>(config: Config, method: OwnModelMethod, input: object): Promise<R> {
  checkOwnModelInput(method, input);
  const answered = await callNode<R>(config.data, method, input);
  if (answered !== undefined) return answered.result;
  return withLedger(config, async (ledger, tiers) => {
    const source = { models: async () => [], graph: async () => undefined };
    const runtime = new OwnModels({ source, clock: systemClock, machine: systemClock, logger: silentLogger });
    try {
      return (await ownModelMethods(new OwnModelDesk({ ledger, tiers, clock: systemClock, runtime }))[method](input)) as R;
    } finally {
      await runtime.close();
    }
  });
}

function ofTenant(command: Command): Command {
  command.requiredOption('--tenant <id>', 'whose').option('--json', 'a JSON line each');
  return withSettings(command, STORES);
}

const given = (flags: object): object => Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));

/** Adds `own` to `suho models`. */
export function addOwnCommand(models: Command): void {
  const own = models.command('own').description('add, list and remove a tenant’s own models');
  const add = own.command('add <file>').description('check an ONNX file, run it once, and let it answer for the tenant');
  add
    .option('--name <name>', 'its name (default: that of the file)')
    .option('--horizon <span>', 'how far ahead it looks: 1m, 5m, 15m or 1h (default: 15m)')
    .option('--timeframe <tf>', 'whose candles it reads (default: the one whose candles decide for the tenant)');
  ofTenant(add).action(async (file: string, flags: OwnFlags) => {
    const { tenant, horizon, timeframe, name = basename(file, ENDING) } = flags;
    const input = given({ tenant, name, horizon, timeframe, graph: await readGraph(file) });
    print([await call<OwnModelRow>(settingsOf(flags, STORES).config, 'own-models.add', input)], flags.json);
  });
  const list = own.command('list').description('list those that answer');
  ofTenant(list).action(async (flags: OwnFlags) => {
    const { tenant } = flags;
    print(await call<readonly OwnModelRow[]>(settingsOf(flags, STORES).config, 'own-models.list', { tenant }), flags.json);
  });
  const remove = own.command('remove <name>').description('let one answer no more, and keep its file no longer');
  ofTenant(remove).action(async (name: string, flags: OwnFlags) => {
    const { tenant } = flags;
    print([await call<OwnModelRow>(settingsOf(flags, STORES).config, 'own-models.remove', { tenant, name })], flags.json);
  });
}
