/** The operator's file of how alerts reach somebody. A secret may stand in a file of its own: `{ "file": "/run/secrets/…" }`. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type AlertSettings, parseAlertSettings } from '../../alerts/settings.js';
import { SuhoError, sentence } from '../../errors.js';

/** Without a file alerts are listed, and nobody is told. */
export async function readAlertSettings(path: string): Promise<AlertSettings> {
  if (path === '') return parseAlertSettings({}, 'alerts');
  const text = await contentOf(path);
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    // The parser's words may hold a piece of a secret.
    throw new SuhoError('CONFIG_INVALID', `${path} is not JSON`);
  }
  return parseAlertSettings(await withFiles(input, dirname(path)), path);
}

async function withFiles(value: unknown, folder: string): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((one) => withFiles(one, folder)));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [[name, named] = []] = entries;
  if (entries.length === 1 && name === 'file' && typeof named === 'string')
    return (await contentOf(resolve(folder, named))).trim();
  return Object.fromEntries(await Promise.all(entries.map(async ([key, one]) => [key, await withFiles(one, folder)] as const)));
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new SuhoError('CONFIG_INVALID', `${path} cannot be read: ${sentence(error)}`, { cause: error });
  }
}
