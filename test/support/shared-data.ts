import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Recorded market data beside the checkout, `../shared/data` of any folder above this file; undefined where there is none. */
export function sharedDataFolder(): string | undefined {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (dirname(folder) !== folder) {
    const data = join(folder, 'shared', 'data');
    if (existsSync(join(data, 'README.md'))) return data;
    folder = dirname(folder);
  }
  return undefined;
}

/** Paths of the data files in one of its folders, by name. */
export function sharedFiles(folder: string): string[] {
  const data = sharedDataFolder();
  if (data === undefined) return [];
  return readdirSync(join(data, folder))
    .filter((name) => /\.(gz|zip)$/.test(name))
    .sort()
    .map((name) => join(data, folder, name));
}
