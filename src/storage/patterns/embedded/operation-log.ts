/**
 * A log of operations on disk: each record a length, a CRC over it and the body, and the body. A record, or several, are written
 * in one call; a kill leaves a prefix of them and at most one torn, which the next opening cuts off. A record that is damaged
 * before the tail is an error: the file was touched by something else. What is appended is in the kernel's hands, safe from
 * a kill, when `append` returns; safe from a power cut when `synced` has resolved. There is no file before the first record.
 */
import { closeSync, fdatasync, fstatSync, ftruncateSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { SuhoError } from '../../../errors.js';
import { crc32 } from '../../../protocol/crc32.js';

const HEADER = 8;
/** Larger than any record; what is left of a file after the last whole record is torn only where it is shorter. */
const BODY_MOST = 32_768;
/** Bytes read before other work gets its turn. */
const READ = 1_048_576;

const datasync = promisify(fdatasync);

function sumOf(bytes: Uint8Array, seed: number): number {
  return crc32(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, seed);
}

function recordSum(record: Buffer): number {
  return sumOf(record.subarray(HEADER), sumOf(record.subarray(0, 4), 0));
}

function recordOf(body: Uint8Array): Buffer {
  if (body.length === 0 || body.length > BODY_MOST)
    throw new SuhoError('INPUT_INVALID', `an item takes ${body.length} bytes, more than ${BODY_MOST}`);
  const record = Buffer.allocUnsafe(HEADER + body.length);
  record.writeUInt32LE(body.length, 0);
  record.set(body, HEADER);
  record.writeUInt32LE(recordSum(record), 4);
  return record;
}

/** Where a whole record that begins at `at` ends; undefined where none does. */
function wholeRecordEnd(bytes: Buffer, at: number): number | undefined {
  if (at + HEADER > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  const end = at + HEADER + length;
  if (length === 0 || length > BODY_MOST || end > bytes.length) return undefined;
  return recordSum(bytes.subarray(at, end)) === bytes.readUInt32LE(at + 4) ? end : undefined;
}

/** What one write that was cut short leaves: less than a record, and no record after it. */
function isTorn(rest: Buffer): boolean {
  if (rest.length > HEADER + BODY_MOST) return false;
  for (let at = 1; at < rest.length; at++) if (wholeRecordEnd(rest, at) !== undefined) return false;
  return true;
}

async function readAt(file: FileHandle, at: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(READ), 0, READ, at);
  return buffer.subarray(0, bytesRead);
}

/** Reads what is whole, a piece at a time beside other work; answers its length. */
async function readRecords(file: FileHandle, path: string, take: (body: Buffer) => void): Promise<number> {
  for (let read = 0; ; ) {
    const bytes = await readAt(file, read);
    let at = 0;
    for (let end = wholeRecordEnd(bytes, at); end !== undefined; end = wholeRecordEnd(bytes, at)) {
      take(bytes.subarray(at + HEADER, end));
      at = end;
    }
    read += at;
    if (at > 0 && bytes.length === READ) continue;
    if (isTorn(bytes.subarray(at))) return read;
    throw new SuhoError(
      'JOURNAL_DAMAGED',
      `${path} is damaged at byte ${read}; restore it from a copy, or move it away to start without what it holds`,
    );
  }
}

async function openedIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A new name in a folder outlives a power cut only when the folder is on the disk too. Windows cannot, and need not. */
function syncFolder(path: string): void {
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

export class OperationLog {
  readonly #path: string;
  #file: number | undefined;
  #syncing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #length: number;

  private constructor(path: string, length: number) {
    this.#path = path;
    this.#length = length;
  }

  /** Hands over each body, and cuts off a torn tail. */
  static async open(path: string, take: (body: Buffer) => void): Promise<OperationLog> {
    const file = await openedIfThere(path);
    if (file === undefined) return new OperationLog(path, 0);
    try {
      const length = await readRecords(file, path, take);
      await file.truncate(length);
      return new OperationLog(path, length);
    } finally {
      await file.close();
    }
  }

  /** Bytes. */
  get length(): number {
    return this.#length;
  }

  append(bodies: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(bodies.map(recordOf));
    this.#file ??= this.#create();
    const written = writeSync(this.#file, bytes);
    if (written !== bytes.length) {
      // What a full disk cut short must not stand before the next record.
      ftruncateSync(this.#file, fstatSync(this.#file).size - written);
      throw new SuhoError('FILE_UNREADABLE', `${this.#path} took only part of a record; is the disk full?`);
    }
    this.#length += bytes.length;
  }

  /** Resolves when all that was appended by now is on the disk; those who wait share one call. */
  synced(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return Promise.resolve();
    if (this.#syncing === undefined) {
      this.#syncing = datasync(file).finally(() => {
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

  /** Puts a log of those bodies in the place of this one, whole or not at all. */
  async rewrite(bodies: Iterable<Uint8Array>): Promise<void> {
    const beside = `${this.#path}.tmp`;
    const file = await open(beside, 'w', 0o600);
    let length = 0;
    try {
      for (const body of bodies) length += (await file.write(recordOf(body))).bytesWritten;
      await file.sync();
    } finally {
      await file.close();
    }
    await this.close();
    await rename(beside, this.#path);
    syncFolder(this.#path);
    this.#length = length;
  }

  async close(): Promise<void> {
    await this.synced();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #create(): number {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const file = openSync(this.#path, 'a', 0o600);
    syncFolder(this.#path);
    return file;
  }
}
