import { readFile } from 'node:fs/promises';
import { SuhoError, sentence } from '../errors.js';

/** What was given for a flag that takes JSON: itself where it begins like an object, else the file of that name. */
export async function jsonArgument(flag: string, given: string): Promise<unknown> {
  const inline = given.trimStart().startsWith('{');
  let text = given;
  if (!inline) {
    try {
      text = await readFile(given, 'utf8');
    } catch (error) {
      throw new SuhoError('FILE_UNREADABLE', `${given} (${flag}) cannot be read: ${sentence(error)}`, { cause: error });
    }
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const where = inline ? flag : `${given} (${flag})`;
    throw new SuhoError(inline ? 'USAGE' : 'INPUT_INVALID', `${where} is not JSON: ${sentence(error)}`, { cause: error });
  }
}
