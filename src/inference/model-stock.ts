/**
 * The models that a node may use: those that are shipped, and those of its data folder. In the data folder each version has files of
 * its own, `NAME@VERSION.json` and so on, which are never written over; one small file beside them, replaced whole, says which are
 * deployed and which are tried as an A/B arm. So at any instant each name that is read there is whole.
 */
import { copyFile, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SuhoError, sentence } from '../errors.js';
import { type EnsembleFile, type ModelFile, readModelFolder, STATE_FILE } from './model-files.js';

/** The models that come with the program, from `dist/src/inference`, where this file is when it runs. */
export const SHIPPED_MODELS = fileURLToPath(new URL('../../../models/', import.meta.url));

export type StockState = 'deployed' | 'arm';

export interface StockedModel extends ModelFile {
  readonly state: StockState;
  readonly origin: 'shipped' | 'data';
}

export interface StockedEnsemble extends EnsembleFile {
  readonly state: StockState;
  readonly origin: 'shipped' | 'data';
}

export interface ModelStock {
  /** By name; of one name at most one is deployed, and one an arm. */
  readonly models: readonly StockedModel[];
  readonly ensembles: readonly StockedEnsemble[];
  /** Cards that cannot be read, a sentence each. */
  readonly unreadable: readonly string[];
}

/** Versions by name. */
export type StockStates = Readonly<Record<string, Readonly<Partial<Record<StockState, number>>>>>;

export function modelsFolder(data: string): string {
  return join(data, 'models');
}

async function readStates(folder: string): Promise<StockStates> {
  const path = join(folder, STATE_FILE);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new SuhoError('FILE_UNREADABLE', `${path} cannot be read: ${sentence(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SuhoError('INPUT_INVALID', `${path} is not JSON: ${sentence(error)}`);
  }
  if (!isStates(value))
    throw new SuhoError('INPUT_INVALID', `${path} does not say which version of each model is deployed or an arm`);
  return value;
}

function isStates(value: unknown): value is StockStates {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every(
    (states: unknown) =>
      typeof states === 'object' &&
      states !== null &&
      Object.entries(states).every(([state, version]) => (state === 'deployed' || state === 'arm') && Number.isInteger(version)),
  );
}

interface Named {
  readonly card: { readonly name: string; readonly version: number };
}

/** Those that the states name; what is named nowhere is there, and not used. */
function stated<T extends Named>(
  files: readonly T[],
  states: StockStates,
): readonly (T & { state: StockState; origin: 'data' })[] {
  return files.flatMap((file) => {
    const { name, version } = file.card;
    const { deployed, arm } = states[name] ?? {};
    const state = deployed === version ? 'deployed' : arm === version ? 'arm' : undefined;
    return state === undefined ? [] : [{ ...file, state, origin: 'data' as const }];
  });
}

/** What is shipped, but for the names that the data folder has a deployed version of. */
function joined<T extends Named>(
  shipped: readonly T[],
  own: readonly (T & { state: StockState; origin: 'data' })[],
): readonly (T & { state: StockState; origin: 'shipped' | 'data' })[] {
  const replaced = new Set(own.filter(({ state }) => state === 'deployed').map(({ card }) => card.name));
  const left = shipped.filter(({ card }) => !replaced.has(card.name));
  return [...left.map((file) => ({ ...file, state: 'deployed' as const, origin: 'shipped' as const })), ...own].sort((a, b) =>
    a.card.name === b.card.name ? (a.state < b.state ? 1 : -1) : a.card.name < b.card.name ? -1 : 1,
  );
}

async function folderOrNone(folder: string): ReturnType<typeof readModelFolder> {
  try {
    return await readModelFolder(folder);
  } catch (error) {
    const cause = error instanceof SuhoError ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    if (cause?.code !== 'ENOENT') throw error;
    return { models: [], ensembles: [], unreadable: [] };
  }
}

export async function readStock(shipped: string, data: string): Promise<ModelStock> {
  const folder = modelsFolder(data);
  const [given, own] = [await folderOrNone(shipped), await folderOrNone(folder)];
  const states = await readStates(folder);
  return {
    models: joined(given.models, stated(own.models, states)),
    ensembles: joined(given.ensembles, stated(own.ensembles, states)),
    unreadable: [...given.unreadable, ...own.unreadable],
  };
}

/** Files of a version, from a folder where they are named without it. */
export interface StockedFiles {
  readonly name: string;
  readonly version: number;
  /** Without its ending. */
  readonly from: string;
  /** The card's comes last: what has a card is whole. */
  readonly endings: readonly string[];
}

/** Copies a version's files into the data folder and says what it is to be; answers the path of its card. */
export async function stock({ name, version, from, endings }: StockedFiles, state: StockState, data: string): Promise<string> {
  const folder = modelsFolder(data);
  const target = join(folder, `${name}@${version}`);
  try {
    await mkdir(folder, { recursive: true });
    for (const ending of endings) await copyWhole(`${from}${ending}`, `${target}${ending}`);
    const states = await readStates(folder);
    await writeStates(folder, { ...states, [name]: stateAfter(states[name] ?? {}, state, version) });
  } catch (error) {
    if (error instanceof SuhoError) throw error;
    throw new SuhoError('FILE_UNREADABLE', `${folder} cannot be written to: ${sentence(error)}`, { cause: error });
  }
  return `${target}.json`;
}

/** What is deployed ends the trial that it won, and any other of its name: the arm was compared with what is replaced. */
function stateAfter(before: Partial<Record<StockState, number>>, state: StockState, version: number): StockStates[string] {
  if (state === 'deployed') return { deployed: version };
  return { ...before, arm: version };
}

async function copyWhole(from: string, to: string): Promise<void> {
  const unfinished = `${to}.unfinished`;
  await copyFile(from, unfinished);
  const handle = await open(unfinished, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, to);
}

async function writeStates(folder: string, states: StockStates): Promise<void> {
  const path = join(folder, STATE_FILE);
  const handle = await open(`${path}.unfinished`, 'w');
  try {
    await handle.writeFile(`${JSON.stringify(states, undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.unfinished`, path);
}
