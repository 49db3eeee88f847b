import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseTiers, type Tiers } from '../accounts/tiers.js';
import { SuhoError, sentence } from '../errors.js';

/** From `dist/src/storage`, where this file is when it runs. */
const TIER_TABLE = fileURLToPath(new URL('../../../schema/tiers.json', import.meta.url));

export async function readTiers(file: string = TIER_TABLE): Promise<Tiers> {
  try {
    return parseTiers(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SuhoError) throw error;
    throw new SuhoError('FILE_UNREADABLE', `${file} cannot be read: ${sentence(error)}.`, { cause: error });
  }
}
