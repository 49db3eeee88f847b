import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError, sentence } from '../errors.js';
import { type ModelCard, parseModelCard } from '../models/model-card.js';

/** A card, and where its graph is: beside it, under the same name with another ending. */
export interface ModelFile {
  readonly card: ModelCard;
  readonly graph: string;
}

export interface ModelFolder {
  readonly models: readonly ModelFile[];
  /** Cards that cannot be read, a sentence each. */
  readonly unreadable: readonly string[];
}

const CARD_ENDING = '.json';
const GRAPH_ENDING = '.onnx';

export async function readModelFile(card: string): Promise<ModelFile> {
  let text: string;
  try {
    text = await readFile(card, 'utf8');
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `${card} cannot be read: ${sentence(error)}`, { cause: error });
  }
  return { card: parseModelCard(text, card), graph: `${card.slice(0, -CARD_ENDING.length)}${GRAPH_ENDING}` };
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
  const unreadable: string[] = [];
  for (const name of [...names].sort()) {
    if (!name.endsWith(CARD_ENDING)) continue;
    try {
      models.push(await readModelFile(join(folder, name)));
    } catch (error) {
      unreadable.push(sentence(error));
    }
  }
  return { models, unreadable };
}
