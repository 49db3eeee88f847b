import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { SuhoError, sentence } from '../../errors.js';
import { type ArchiveStore, checkName, type StoredObject } from './archive-store.js';

/** What is being written; a name of an object never begins so. */
const UNFINISHED = '.new-';

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  // A folder of objects is not an object.
  return code !== undefined && ['ENOENT', 'ENOTDIR', 'EISDIR', 'ERR_FS_EISDIR'].includes(code);
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** An archive in a folder: a file is there under its name only once all of it is on disk. */
export class FolderArchive implements ArchiveStore {
  readonly place: string;
  #unfinished = 0;

  constructor(readonly folder: string) {
    this.place = folder;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    checkName(name);
    const path = join(this.folder, name);
    this.#unfinished += 1;
    const unfinished = join(this.folder, `${UNFINISHED}${process.pid}-${this.#unfinished}`);
    await this.#told(name, async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        const file = await open(unfinished, 'w', 0o600);
        try {
          await file.writeFile(bytes);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(unfinished, path);
      } catch (error) {
        await rm(unfinished, { force: true });
        throw error;
      }
      // The name itself, and those of the folders that were made for it.
      for (let folder = dirname(path); folder.length >= this.folder.length; folder = dirname(folder)) await syncFolder(folder);
    });
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    checkName(name);
    return this.#told(name, async () => {
      try {
        return await readFile(join(this.folder, name));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    });
  }

  async list(prefix: string): Promise<readonly StoredObject[]> {
    return this.#told(prefix, async () => {
      const entries = await readdir(this.folder, { recursive: true, withFileTypes: true }).catch((error) => {
        if (isMissing(error)) return [];
        throw error;
      });
      const names = entries
        .filter((entry) => entry.isFile() && !entry.name.startsWith(UNFINISHED))
        .map((entry) => relative(this.folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
        .filter((name) => name.startsWith(prefix))
        .sort();
      return Promise.all(names.map(async (name) => ({ name, bytes: (await stat(join(this.folder, name))).size })));
    });
  }

  async delete(name: string): Promise<void> {
    checkName(name);
    await this.#told(name, () =>
      rm(join(this.folder, name), { force: true }).catch((error) => {
        if (!isMissing(error)) throw error;
      }),
    );
  }

  async #told<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new SuhoError('ARCHIVE_FAILED', `the archive in ${this.folder} failed at ${name}: ${sentence(error)}`, {
        cause: error,
      });
    }
  }
}
