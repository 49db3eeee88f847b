/**
 * Records of a log on disk: each a length, a CRC over it and the body, and the body. A kill leaves a prefix of what was written,
 * with at most one record torn; a power cut may leave zeros there. Either has no whole record after it, and that is how it is
 * told from a file that something else has touched, which is an error.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { SuhoError } from '../../../errors.js';
import { crc32 } from '../../../protocol/crc32.js';
import { endOfTurn } from '../../../runtime/turn.js';

const HEADER = 8;
/** Larger than any record. */
const BODY_MOST = 32_768;
/** Bytes that are read, and records that are taken in, before other work gets its turn. */
const READ = 262_144;
const TAKEN = 64;

function sumOf(bytes: Uint8Array, seed: number): number {
  return crc32(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, seed);
}

function recordSum(record: Buffer): number {
  return sumOf(record.subarray(HEADER), sumOf(record.subarray(0, 4), 0));
}

export function recordOf(body: Uint8Array): Buffer {
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

function wholeRecords(bytes: Buffer): Buffer {
  let at = 0;
  for (let end = wholeRecordEnd(bytes, at); end !== undefined; end = wholeRecordEnd(bytes, at)) at = end;
  return bytes.subarray(0, at);
}

function isTorn(rest: Buffer): boolean {
  for (let at = 1; at < rest.length; at++) if (wholeRecordEnd(rest, at) !== undefined) return false;
  return true;
}

async function readAt(file: FileHandle, at: number, most: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(most), 0, most, at);
  return buffer.subarray(0, bytesRead);
}

/** Whole records of a file, a piece at a time beside other work, up to its torn tail if it has one, or up to `end`. */
async function* pieces(file: FileHandle, path: string, end: number): AsyncGenerator<Buffer> {
  for (let read = 0; read < end; ) {
    const bytes = await readAt(file, read, Math.min(READ, end - read));
    const whole = wholeRecords(bytes);
    if (whole.length > 0) yield whole;
    read += whole.length;
    if (bytes.length === READ && whole.length > 0) continue;
    if (bytes.length < READ && isTorn(bytes.subarray(whole.length))) return;
    throw new SuhoError(
      'JOURNAL_DAMAGED',
      `${path} is damaged at byte ${read}; restore it from a copy, or move it away to start without what it holds`,
    );
  }
}

async function openedIfThere(path: string, flags: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Hands over each body in a file, and cuts off a torn tail; answers the length that is left. */
export async function readRecords(path: string, take: (body: Buffer) => void): Promise<number> {
  const file = await openedIfThere(path, 'r+');
  if (file === undefined) return 0;
  try {
    let [length, taken] = [0, 0];
    for await (const piece of pieces(file, path, Number.POSITIVE_INFINITY)) {
      for (let at = 0; at < piece.length; ) {
        const end = at + HEADER + piece.readUInt32LE(at);
        take(piece.subarray(at + HEADER, end));
        at = end;
        taken += 1;
        if (taken % TAKEN === 0) await new Promise<void>(endOfTurn);
      }
      length += piece.length;
    }
    if ((await file.stat()).size > length) await file.truncate(length);
    return length;
  } finally {
    await file.close();
  }
}

/** Copies the whole records of a file, looking at each, into a new one that is then on the disk; answers their bytes. */
export async function copyRecords(path: string, to: string, end = Number.POSITIVE_INFINITY): Promise<number> {
  const file = await openedIfThere(path, 'r');
  if (file === undefined) return 0;
  try {
    const copy = await open(to, 'wx', 0o600);
    try {
      let length = 0;
      for await (const piece of pieces(file, path, end)) {
        await copy.appendFile(piece);
        length += piece.length;
      }
      await copy.sync();
      return length;
    } finally {
      await copy.close();
    }
  } finally {
    await file.close();
  }
}
