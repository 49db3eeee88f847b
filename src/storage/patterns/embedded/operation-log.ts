/**
 * A log of operations on disk (`log-records.ts`), which there is no file of before the first record. A record, or several, are
 * written in one call: what is appended is in the kernel's hands, safe from a kill, when `append` returns; safe from a power cut when
 * `synced` has resolved.
 *
 * A log that has grown long is written anew beside itself while it goes on: first what it comes to, then all that was appended since
 * that was begun. Those operations may already be in what was written first, and do no harm twice. Once the new file has caught
 * up, records go to it, and none of them is answered before it is on the disk and has taken the old one's name; until then
 * the old one stands, with all that was answered.
 *
 * A log whose disk failed to keep what it had taken is not written to again: nobody knows what it lost. It is opened anew.
 */
import * as fs from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { SuhoError } from '../../../errors.js';
import { makeFolder, syncFolder } from './durable-names.js';
import { copyRecords, readRecords, recordOf } from './log-records.js';

const datasync = promisify(fs.fdatasync);
const sync = promisify(fs.fsync);
const read = promisify(fs.read);
const write = promisify(fs.write);

/** Bytes written, or caught up with, before other work gets its turn. */
const PIECE = 65_536;

async function writeAll(file: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await write(file, bytes, at)).bytesWritten;
}

function writeAllSync(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at);
}

async function writeBodies(file: number, bodies: Iterable<Uint8Array>): Promise<number> {
  let [length, held]: [number, Buffer[]] = [0, []];
  const flush = async (): Promise<void> => {
    await writeAll(file, Buffer.concat(held));
    held = [];
  };
  let bytes = 0;
  for (const body of bodies) {
    const record = recordOf(body);
    held.push(record);
    length += record.length;
    bytes += record.length;
    if (bytes < PIECE) continue;
    await flush();
    bytes = 0;
  }
  await flush();
  return length;
}

export class OperationLog {
  readonly #path: string;
  #file: number | undefined;
  #length: number;
  #syncing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #rewriting: Promise<void> | undefined;
  /** A new file that is on its way to the old one's name. */
  #placing: Promise<void> | undefined;
  #copies = 0;
  #failed = false;

  private constructor(path: string, length: number) {
    this.#path = path;
    this.#length = length;
  }

  /** Hands over each body, and cuts off a torn tail. */
  static async open(path: string, take: (body: Buffer) => void): Promise<OperationLog> {
    return new OperationLog(path, await readRecords(path, take));
  }

  /** Bytes. */
  get length(): number {
    return this.#length;
  }

  /** Whether it takes nothing any more. */
  get failed(): boolean {
    return this.#failed;
  }

  append(bodies: readonly Uint8Array[]): void {
    this.#check();
    const bytes = Buffer.concat(bodies.map(recordOf));
    this.#file ??= this.#create();
    try {
      if (fs.writeSync(this.#file, bytes) !== bytes.length) throw new Error('it took only a part; is the disk full?');
    } catch (error) {
      this.#cutBack(this.#file);
      throw new SuhoError('FILE_UNREADABLE', `${this.#path} could not be written: ${(error as Error).message}`, { cause: error });
    }
    this.#length += bytes.length;
  }

  /** Resolves when all that was appended by now is on the disk; those who wait share one call. */
  synced(): Promise<void> {
    if (this.#file === undefined) return Promise.resolve();
    if (this.#syncing === undefined) {
      this.#syncing = this.#sync(this.#file).finally(() => {
        this.#syncing = undefined;
      });
      return this.#syncing;
    }
    // The one under way may have begun before the newest record.
    const again = (): Promise<void> => {
      this.#next = undefined;
      return this.synced();
    };
    this.#next ??= this.#syncing.then(again, again);
    return this.#next;
  }

  /** Whether it may be written anew: not while that is done already, or a copy is made. */
  get resting(): boolean {
    return this.#rewriting === undefined && this.#copies === 0 && !this.#failed;
  }

  /** Puts a log of those bodies, and of what is appended meanwhile, in the place of this one, whole or not at all. */
  rewrite(bodies: Iterable<Uint8Array>): Promise<void> {
    this.#rewriting ??= this.#rewrite(bodies).finally(() => {
      this.#rewriting = undefined;
    });
    return this.#rewriting;
  }

  /** Copies what was appended by now into a new file; answers its bytes. */
  async copyTo(to: string): Promise<number> {
    while (this.#rewriting !== undefined) await this.#rewriting.catch(() => {});
    this.#check();
    this.#copies += 1;
    try {
      return await copyRecords(this.#path, to, this.#length);
    } finally {
      this.#copies -= 1;
    }
  }

  async close(): Promise<void> {
    await this.#rewriting?.catch(() => {});
    try {
      if (!this.#failed) await this.synced();
    } finally {
      await this.#syncing?.catch(() => {});
      if (this.#file !== undefined) fs.closeSync(this.#file);
      this.#file = undefined;
    }
  }

  #check(): void {
    if (this.#failed) throw new SuhoError('FILE_UNREADABLE', `${this.#path}: the disk failed, and it is not yet opened anew`);
  }

  #create(): number {
    makeFolder(dirname(this.#path));
    const file = fs.openSync(this.#path, 'a', 0o600);
    syncFolder(dirname(this.#path));
    return file;
  }

  /** What a full disk cut short must not stand before the next record. */
  #cutBack(file: number): void {
    try {
      fs.ftruncateSync(file, this.#length);
    } catch {
      this.#failed = true;
    }
  }

  async #sync(file: number): Promise<void> {
    try {
      await this.#placing;
      this.#check();
      await datasync(file);
    } catch (error) {
      this.#failed = true;
      if (error instanceof SuhoError) throw error;
      throw new SuhoError('FILE_UNREADABLE', `${this.#path} could not be kept: ${(error as Error).message}`, { cause: error });
    }
  }

  async #rewrite(bodies: Iterable<Uint8Array>): Promise<void> {
    this.#check();
    const beside = `${this.#path}.tmp`;
    await rm(beside, { force: true });
    const file = fs.openSync(beside, 'a', 0o600);
    try {
      const from = this.#length;
      const length = await writeBodies(file, bodies);
      const caughtUp = await this.#catchUp(file, from);
      this.#placing = this.#place(file, beside, this.#file, this.#syncing);
      this.#file = file;
      this.#length = length + caughtUp;
    } catch (error) {
      fs.closeSync(file);
      await rm(beside, { force: true });
      throw error;
    }
    await this.#placing;
  }

  /** Copies what was appended since `from`; when it returns there is nothing more. */
  async #catchUp(file: number, from: number): Promise<number> {
    const old = fs.openSync(this.#path, 'r');
    try {
      let at = from;
      for (; this.#length - at > PIECE; ) {
        const { buffer, bytesRead } = await read(old, Buffer.allocUnsafe(PIECE), 0, PIECE, at);
        await writeAll(file, buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      await sync(file);
      const rest = Buffer.alloc(this.#length - at);
      if (fs.readSync(old, rest, 0, rest.length, at) !== rest.length) throw new Error(`${this.#path} is shorter than it was`);
      writeAllSync(file, rest);
      return at + rest.length - from;
    } finally {
      fs.closeSync(old);
    }
  }

  async #place(file: number, beside: string, old: number | undefined, syncing: Promise<void> | undefined): Promise<void> {
    try {
      await sync(file);
      await rename(beside, this.#path);
      syncFolder(dirname(this.#path));
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#placing = undefined;
      await syncing?.catch(() => {});
      if (old !== undefined) fs.closeSync(old);
    }
  }
}
