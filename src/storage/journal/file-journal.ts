/**
 * The candle journal on disk: a file per UTC day under `journal/`, each record a length, a CRC and a MessagePack array. A
 * record is written in one call; a kill leaves at most a torn last record, which the next start cuts off. A record that is
 * damaged before the tail is an error: the file was touched by something else. Lengths are not covered by a checksum, so a
 * record that is not whole counts as torn only where no whole one begins after it.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { SuhoError, sentence } from '../../errors.js';
import type { Candle } from '../../market/candle.js';
import { TIMEFRAMES, type Timeframe } from '../../market/timeframe.js';
import { crc32 } from '../../protocol/crc32.js';
import type { CandleJournal } from './journal.js';
import { RecentCandles } from './recent-candles.js';

const HEADER = 8;
/** More than any candle takes: a symbol, nine numbers and their tags. */
const BODY_MOST = 160;
const DAY_MS = 86_400_000;
/** Days of files kept: enough for `LIMITS.market.history` candles of H1; longer timeframes are warmed from stores. */
const DAYS_KEPT = 16;

type Fields = [
  symbol: string,
  timeframe: number,
  time: number,
  o: number,
  h: number,
  l: number,
  c: number,
  volume: number,
  spread: number,
  gap: number,
];

const packr = new Packr({ useRecords: false });

function sumOf(body: Buffer): number {
  return crc32(new DataView(body.buffer, body.byteOffset, body.length), 0, body.length);
}

function pack(candle: Candle): Buffer {
  const { symbol, timeframe, time, open, high, low, close, volume, spread, gapBefore } = candle;
  const fields: Fields = [symbol, TIMEFRAMES.indexOf(timeframe), time, open, high, low, close, volume, spread, gapBefore];
  const body = packr.pack(fields);
  const record = Buffer.allocUnsafe(HEADER + body.length);
  record.writeUInt32LE(body.length, 0);
  record.writeUInt32LE(sumOf(body), 4);
  body.copy(record, HEADER);
  return record;
}

function unpack(body: Buffer): Candle {
  const [symbol, timeframe, time, open, high, low, close, volume, spread, gapBefore] = packr.unpack(body) as Fields;
  return { symbol, timeframe: TIMEFRAMES[timeframe] as Timeframe, time, open, high, low, close, volume, spread, gapBefore };
}

/** Where the record that begins at `at` ends; undefined where none does, or it is not whole. */
function wholeRecordEnd(bytes: Buffer, at: number): number | undefined {
  if (at + HEADER > bytes.length) return undefined;
  const length = bytes.readUInt32LE(at);
  const end = at + HEADER + length;
  if (length === 0 || length > BODY_MOST || end > bytes.length) return undefined;
  return sumOf(bytes.subarray(at + HEADER, end)) === bytes.readUInt32LE(at + 4) ? end : undefined;
}

/** What one cut-short write leaves: less than a record, and no record after it. */
function isTornTail(bytes: Buffer, from: number): boolean {
  if (bytes.length - from > HEADER + BODY_MOST) return false;
  for (let at = from + 1; at < bytes.length; at++) if (wholeRecordEnd(bytes, at) !== undefined) return false;
  return true;
}

/** Reads what is whole; answers the length of the whole part. */
function readRecords(path: string, take: (candle: Candle) => void): number {
  const bytes = readFileSync(path);
  let at = 0;
  for (let end = wholeRecordEnd(bytes, at); end !== undefined; end = wholeRecordEnd(bytes, at)) {
    take(unpack(bytes.subarray(at + HEADER, end)));
    at = end;
  }
  if (isTornTail(bytes, at)) return at;
  throw new SuhoError('JOURNAL_DAMAGED', `${path} is damaged at byte ${at}; move it away to start without its candles`);
}

export class FileJournal implements CandleJournal {
  readonly #recent = new RecentCandles();
  readonly #folder: string;
  fault: string | undefined;
  #day = Number.NaN;
  #file: number | undefined;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'journal');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const files = readdirSync(this.#folder)
      .filter((name) => /^\d{4}-\d\d-\d\d\.bin$/.test(name))
      .sort();
    for (const stale of files.slice(0, -DAYS_KEPT)) unlinkSync(join(this.#folder, stale));
    for (const name of files.slice(-DAYS_KEPT)) this.#load(join(this.#folder, name));
  }

  /** Candles can be computed again: where the disk takes no more they are kept in memory alone, and `fault` says so. */
  append(candle: Candle): void {
    this.#recent.append(candle);
    try {
      this.#write(candle);
      this.fault = undefined;
    } catch (error) {
      this.fault = `candles are not journalled: ${sentence(error)}`;
    }
  }

  recent(symbol: string, timeframe: Timeframe): readonly Candle[] {
    return this.#recent.recent(symbol, timeframe);
  }

  newest(symbol: string, timeframe: Timeframe): Candle | undefined {
    return this.#recent.newest(symbol, timeframe);
  }

  closeBefore(symbol: string, timeframe: Timeframe, time: number): number {
    return this.#recent.closeBefore(symbol, timeframe, time);
  }

  newestEndMs(): number | undefined {
    return this.#recent.newestEndMs();
  }

  async close(): Promise<void> {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #write(candle: Candle): void {
    const day = Math.floor(candle.time / DAY_MS);
    if (day !== this.#day || this.#file === undefined) this.#openDay(day);
    const file = this.#file as number;
    const record = pack(candle);
    // One write a record: the kernel keeps it whole against a kill of this process.
    const written = writeSync(file, record);
    if (written === record.length) return;
    // What a full disk cut short must not stand before the next record.
    ftruncateSync(file, fstatSync(file).size - written);
    throw new SuhoError('FILE_UNREADABLE', `${this.#folder} took only part of a record; is the disk full?`);
  }

  #openDay(day: number): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#day = day;
    this.#file = openSync(join(this.#folder, `${new Date(day * DAY_MS).toISOString().slice(0, 10)}.bin`), 'a', 0o600);
  }

  #load(path: string): void {
    const whole = readRecords(path, (candle) => this.#recent.append(candle));
    const file = openSync(path, 'r+');
    ftruncateSync(file, whole);
    closeSync(file);
  }
}
