import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { SuhoError, sentence } from '../../errors.js';

const FOLDER = '.training';

/**
 * What a training goes on from that was stopped, in a folder beside what it makes: a file per thing, each there whole or not at
 * all. Numbers are kept as they are, to the last bit.
 */
export class Checkpoints {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(out: string): Promise<Checkpoints> {
    const folder = join(out, FOLDER);
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw new SuhoError('FILE_UNREADABLE', `${out} cannot be written to: ${sentence(error)}`, { cause: error });
    }
    return new Checkpoints(folder);
  }

  /** Undefined where there is none. */
  async load(name: string): Promise<unknown> {
    const path = this.#path(name);
    try {
      return deserialize(await readFile(path)) as unknown;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new SuhoError('FILE_UNREADABLE', `${path} cannot be read: ${sentence(error)}; without --resume it starts anew`, {
        cause: error,
      });
    }
  }

  /** At once, for a fit is one long turn. */
  save(name: string, value: unknown): void {
    const path = this.#path(name);
    const unfinished = `${path}.unfinished`;
    const handle = openSync(unfinished, 'w');
    try {
      const bytes = serialize(value);
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(unfinished, path);
  }

  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async startAnew(): Promise<void> {
    await this.clear();
    await mkdir(this.#folder, { recursive: true });
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.state`);
  }
}

/** A file that is there whole or as it was before. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const unfinished = `${path}.unfinished`;
  try {
    const handle = await open(unfinished, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `${path} cannot be written: ${sentence(error)}`, { cause: error });
  }
}
