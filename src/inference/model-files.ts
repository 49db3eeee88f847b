import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError, sentence } from '../errors.js';
import { type EnsembleCard, isEnsembleCard, parseEnsembleCard } from '../models/ensemble-card.js';
import { type ModelCard, parseModelCard } from '../models/model-card.js';

/** A card, and where its graph is: beside it, under the same name with another ending. */
export interface ModelFile {
  readonly card: ModelCard;
  readonly graph: string;
}

/** The card of an ensemble, which has no graph. */
export interface EnsembleFile {
  readonly card: EnsembleCard;
  readonly file: string;
}

export interface ModelFolder {
  readonly models: readonly ModelFile[];
  readonly ensembles: readonly EnsembleFile[];
  /** Cards that cannot be read, a sentence each. */
  readonly unreadable: readonly string[];
}

const CARD_ENDING = '.json';
/** Which of a data folder's models are to be used, and how (model-stock.ts). */
export const STATE_FILE = 'state.json';
const GRAPH_ENDING = '.onnx';

/** Files of the folder that are no cards. */
const NO_CARDS: readonly string[] = [STATE_FILE];

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `${file} cannot be read: ${sentence(error)}`, { cause: error });
  }
}

function modelFile(text: string, card: string): ModelFile {
  return { card: parseModelCard(text, card), graph: `${card.slice(0, -CARD_ENDING.length)}${GRAPH_ENDING}` };
}

/** A card of either kind. */
export async function readCardFile(file: string): Promise<ModelFile | EnsembleFile> {
  const text = await readText(file);
  return isEnsembleCard(text) ? { card: parseEnsembleCard(text, file), file } : modelFile(text, file);
}

/** All cards of a folder, by name; one that is broken does not keep the others away. */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `${folder} cannot be read: ${sentence(error)}`, { cause: error });
  }
  const models: ModelFile[] = [];
  const ensembles: EnsembleFile[] = [];
  const unreadable: string[] = [];
  for (const name of [...names].sort()) {
    if (!name.endsWith(CARD_ENDING) || NO_CARDS.includes(name)) continue;
    try {
      const found = await readCardFile(join(folder, name));
      if ('graph' in found) models.push(found);
      else ensembles.push(found);
    } catch (error) {
      unreadable.push(sentence(error));
    }
  }
  return { models, ensembles, unreadable };
}
