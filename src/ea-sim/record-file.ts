import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { SuhoError, sentence } from '../errors.js';
import { crc32 } from '../protocol/crc32.js';
import { type EaRecord, type RecordEntry, RecordState, type RecordStore } from './record.js';

/**
 * The record on disk: a line per entry, `crc32 json`, appended and fsynced. A crash can tear the last lines; they were never
 * acted on, so they are cut off when the file is opened. A damaged line with a sound one after it is no torn tail, and the
 * file is refused.
 */
export class FileRecord implements EaRecord {
  readonly state = new RecordState();
  readonly #file: number;
  #unwritten = '';
  #closed = false;

  constructor(path: string, newInstance: () => string) {
    try {
      this.#file = openSync(path, 'a+');
      const { entries, soundBytes } = readEntries(readFileSync(path), path);
      ftruncateSync(this.#file, soundBytes);
      for (const entry of entries) this.state.apply(entry);
    } catch (error) {
      if (error instanceof SuhoError) throw error;
      throw new SuhoError('FILE_UNREADABLE', `the EA's record ${path} cannot be opened: ${sentence(error)}`, { cause: error });
    }
    if (this.state.instance === '') {
      this.append({ kind: 'instance', instance: newInstance() });
      this.flush();
    }
  }

  append(entry: RecordEntry): void {
    this.#unwritten += encodeEntry(entry);
    this.state.apply(entry);
  }

  flush(): void {
    if (this.#unwritten === '') return;
    const bytes = Buffer.from(this.#unwritten);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    fsyncSync(this.#file);
    this.#unwritten = '';
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    this.#closed = true;
    closeSync(this.#file);
  }

  /** Drops what was not flushed, as the end of the process would. */
  crash(): void {
    this.#unwritten = '';
    this.close();
  }
}

export class FileRecordStore implements RecordStore {
  #record: FileRecord | undefined;

  constructor(
    readonly path: string,
    readonly newInstance: () => string,
  ) {}

  open(): EaRecord {
    this.#record = new FileRecord(this.path, this.newInstance);
    return this.#record;
  }

  crash(): void {
    this.#record?.crash();
    this.#record = undefined;
  }
}

function checksum(json: string): string {
  const bytes = Buffer.from(json);
  return crc32(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length)
    .toString(16)
    .padStart(8, '0');
}

function encodeEntry(entry: RecordEntry): string {
  const json = JSON.stringify(entry, (_key, value: unknown) => (typeof value === 'bigint' ? { $u64: value.toString() } : value));
  return `${checksum(json)} ${json}\n`;
}

function decodeLine(line: string): RecordEntry | undefined {
  const json = line.slice(9);
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return undefined;
  return JSON.parse(json, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && '$u64' in value ? BigInt(String(value.$u64)) : value,
  ) as RecordEntry;
}

function readEntries(bytes: Buffer, path: string): { entries: RecordEntry[]; soundBytes: number } {
  const entries: RecordEntry[] = [];
  let soundBytes = 0;
  let damagedAt: number | undefined;
  for (let from = 0, line = 1; from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from);
    const entry = end < 0 ? undefined : decodeLine(bytes.toString('utf8', from, end));
    if (entry && damagedAt !== undefined) {
      throw new SuhoError('JOURNAL_DAMAGED', `line ${damagedAt} of the EA's record ${path} is damaged, and it is not the last`);
    }
    if (entry) {
      entries.push(entry);
      soundBytes = end + 1;
    } else damagedAt ??= line;
    from = end < 0 ? bytes.length : end + 1;
  }
  return { entries, soundBytes };
}
