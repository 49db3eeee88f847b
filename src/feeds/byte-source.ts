import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { fromBufferPromise, openPromise, type ZipFile } from 'yauzl';
import { SuhoError, sentence } from '../errors.js';

/** The bytes of one input, unpacked, with the names that may tell about it. */
export interface ByteSource {
  /** How messages call it. */
  readonly title: string;
  readonly names: readonly string[];
  readonly bytes: AsyncIterable<Uint8Array>;
}

const STANDARD_INPUT = '-';

/** Opens a file, or standard input for `-`. Plain, gz or zip is told by the first bytes, not by the name. */
export async function openBytes(path: string, stdin: Readable): Promise<ByteSource> {
  if (path === STANDARD_INPUT) return openStream(stdin);
  const title = path;
  try {
    const magic = await firstBytes(path);
    const names = [basename(path)];
    if (isZip(magic)) return await openZip(title, names, () => openPromise(path, { lazyEntries: true, autoClose: false }));
    const file = createReadStream(path, { highWaterMark: 262_144 });
    return { title, names, bytes: unpacked(title, file, isGzip(magic)) };
  } catch (error) {
    throw asInputError(title, error);
  }
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const isGzip = (magic: Uint8Array): boolean => magic[0] === 0x1f && magic[1] === 0x8b;
const isZip = (magic: Uint8Array): boolean => magic[0] === 0x50 && magic[1] === 0x4b && magic[2] === 3 && magic[3] === 4;

async function openStream(stdin: Readable): Promise<ByteSource> {
  const title = 'standard input';
  const chunks = stdin[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (head.length < 4) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const whole = rejoined(head, chunks);
  if (!isZip(head)) return { title, names: [], bytes: unpacked(title, whole, isGzip(head)) };
  // A zip is read from its end, so it has to be there whole.
  const parts: Uint8Array[] = [];
  for await (const part of whole) parts.push(part);
  const buffer = Buffer.concat(parts);
  return openZip(title, [], () => fromBufferPromise(buffer, { lazyEntries: true, autoClose: false }));
}

async function* rejoined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function openZip(title: string, names: readonly string[], openArchive: () => Promise<ZipFile>): Promise<ByteSource> {
  let archive: ZipFile;
  try {
    archive = await openArchive();
  } catch (error) {
    throw new SuhoError('INPUT_INVALID', `${title}: the zip is damaged or cut short.`, { cause: error });
  }
  try {
    const entries = [];
    for await (const entry of archive.eachEntry()) {
      if (!entry.fileName.endsWith('/') && !entry.fileName.startsWith('__MACOSX/')) entries.push(entry);
    }
    const [only] = entries;
    if (only === undefined || entries.length > 1) {
      throw new SuhoError('INPUT_INVALID', `${title}: the zip holds ${entries.length} files where one is expected.`);
    }
    const stream = await archive.openReadStreamPromise(only);
    stream.once('close', () => archive.close());
    return { title, names: [basename(only.fileName), ...names], bytes: unpacked(title, stream, false) };
  } catch (error) {
    archive.close();
    throw asInputError(title, error);
  }
}

async function* unpacked(title: string, source: AsyncIterable<Uint8Array>, gzip: boolean): AsyncGenerator<Uint8Array> {
  try {
    if (gzip) yield* inflated(source);
    else yield* source;
  } catch (error) {
    throw asInputError(title, error);
  }
}

async function* inflated(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const pumped = pipeline(Readable.from(source), gunzip);
  // A failure reaches the reader through `gunzip` itself; the pipeline's own promise must not go unheard.
  pumped.catch(() => {});
  yield* gunzip as AsyncIterable<Buffer>;
}

function asInputError(title: string, error: unknown): SuhoError {
  if (error instanceof SuhoError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOENT') return new SuhoError('FILE_UNREADABLE', `${title}: there is no such file.`, { cause: error });
  if (code === 'EISDIR') return new SuhoError('FILE_UNREADABLE', `${title} is a folder, not a file.`, { cause: error });
  if (code === 'EACCES') return new SuhoError('FILE_UNREADABLE', `${title}: reading it is not permitted.`, { cause: error });
  if (code.startsWith('Z_')) return new SuhoError('INPUT_INVALID', `${title}: the gz is damaged or cut short.`, { cause: error });
  return new SuhoError('FILE_UNREADABLE', `${title} cannot be read: ${sentence(error)}`, { cause: error });
}
