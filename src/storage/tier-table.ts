import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type CostUnits, parseCostUnits } from '../accounts/cost-units.js';
import { parseTiers, type Tiers } from '../accounts/tiers.js';
import { SuhoError, sentence } from '../errors.js';

/** From `dist/src/storage`, where this file is when it runs. */
const table = (name: string): string => fileURLToPath(new URL(`../../../schema/${name}`, import.meta.url));

async function read<T>(file: string, parse: (text: string) => T): Promise<T> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SuhoError) throw error;
    throw new SuhoError('FILE_UNREADABLE', `${file} cannot be read: ${sentence(error)}.`, { cause: error });
  }
}

export function readTiers(file: string = table('tiers.json')): Promise<Tiers> {
  return read(file, parseTiers);
}

export function readCostUnits(file: string = table('cost-units.json')): Promise<CostUnits> {
  return read(file, parseCostUnits);
}
