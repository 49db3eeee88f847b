import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { SuhoError, sentence } from '../errors.js';

/**
 * A file that appears under its name only when it is whole: until then it is written under another name beside it, which is
 * removed on any failure, and on SIGINT and SIGTERM, which end the process wherever it waits.
 */
export class WholeFile implements AsyncDisposable {
  #kept = false;

  private constructor(
    readonly path: string,
    readonly unfinished: string,
    readonly stream: Writable,
    readonly interruption: Disposable,
  ) {}

  /** `mode` as of a new file. */
  static async open(named: string, mode = 0o666): Promise<WholeFile> {
    let interruption: Disposable | undefined;
    try {
      const path = await target(named);
      const unfinished = `${path}.${process.pid}.unfinished`;
      interruption = whenInterrupted(() => rmSync(unfinished, { force: true }));
      const handle = await open(unfinished, 'wx', mode);
      return new WholeFile(path, unfinished, handle.createWriteStream({ flush: true }), interruption);
    } catch (error) {
      interruption?.[Symbol.dispose]();
      throw asWriteError(named, error);
    }
  }

  async keep(): Promise<void> {
    try {
      this.stream.end();
      await finished(this.stream);
      await rename(this.unfinished, this.path);
    } catch (error) {
      throw asWriteError(this.path, error);
    }
    this.#kept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _interruption = this.interruption;
    if (this.#kept) return;
    this.stream.destroy();
    await finished(this.stream).catch(() => {});
    await rm(this.unfinished, { force: true });
  }
}

function whenInterrupted(cleanUp: () => void): Disposable {
  const end = (): void => {
    cleanUp();
    process.stderr.write('suho: interrupted\n');
    process.exit(130);
  };
  process.once('SIGINT', end).once('SIGTERM', end);
  return { [Symbol.dispose]: () => process.off('SIGINT', end).off('SIGTERM', end) };
}

/** What a link leads to, so that it goes on leading there; a device or a folder cannot be put in place of. */
async function target(named: string): Promise<string> {
  const found = await stat(named).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return named;
  if (!found.isFile()) throw new SuhoError('FILE_UNREADABLE', `${named} is no ordinary file, and is not written over.`);
  return realpath(named);
}

function asWriteError(named: string, error: unknown): SuhoError {
  if (error instanceof SuhoError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT')
    return new SuhoError('FILE_UNREADABLE', `${named}: there is no such folder to write into.`, { cause: error });
  if (code === 'EACCES') return new SuhoError('FILE_UNREADABLE', `${named}: writing it is not permitted.`, { cause: error });
  return new SuhoError('FILE_UNREADABLE', `${named} cannot be written: ${sentence(error)}.`, { cause: error });
}
