/**
 * What a store that is away has still to get: batches on disk, first in, first out, bounded. Files of about one size, named
 * by number; a record is a length, a CRC and a body, written in one call, so that a kill leaves at most a torn last record,
 * which had not been taken yet. What has been delivered is forgotten in memory and its file removed when all of it has: a
 * restart may deliver a batch again, and the sink takes a repeat once.
 *
 * When there is no room for another file, the oldest one may be dropped. It then becomes a record of what it held, in its
 * place, so that the gap is told in order, between the batches before and after it.
 */
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SuhoError } from '../../errors.js';
import { assert } from '../../runtime/assert.js';
import { crc32 } from '../../protocol/crc32.js';

/** When its first and last item were taken, and how many it has. */
export interface Extent {
  readonly items: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SpillRecord extends Extent {
  /** Undefined: a gap. */
  readonly body: Buffer | undefined;
}

export interface SpillOptions {
  readonly folder: string;
  readonly segmentBytes: number;
  readonly segments: number;
}

interface Place extends Extent {
  readonly gap: boolean;
  readonly offset: number;
  readonly length: number;
}

interface Segment {
  readonly number: number;
  /** What is still to be delivered, oldest first. */
  readonly places: Place[];
  bytes: number;
}

const HEADER = 8;
/** Kind, items, from, to. */
const EXTENT = 1 + 4 + 8 + 8;
const SUFFIX = '.spill';

function sumOf(body: Buffer): number {
  return crc32(new DataView(body.buffer, body.byteOffset, body.length), 0, body.length);
}

function packed({ items, fromMs, toMs, body }: SpillRecord): Buffer {
  const record = Buffer.allocUnsafe(HEADER + EXTENT + (body?.length ?? 0));
  record.writeUInt32LE(record.length - HEADER, 0);
  record.writeUInt8(body === undefined ? 1 : 0, HEADER);
  record.writeUInt32LE(items, HEADER + 1);
  record.writeDoubleLE(fromMs, HEADER + 5);
  record.writeDoubleLE(toMs, HEADER + 13);
  body?.copy(record, HEADER + EXTENT);
  record.writeUInt32LE(sumOf(record.subarray(HEADER)), 4);
  return record;
}

/** The record that begins at `offset`, undefined where no whole one does. */
function placeAt(bytes: Buffer, offset: number): Place | undefined {
  if (offset + HEADER + EXTENT > bytes.length) return undefined;
  const length = HEADER + bytes.readUInt32LE(offset);
  if (length < HEADER + EXTENT || offset + length > bytes.length) return undefined;
  const at = offset + HEADER;
  if (sumOf(bytes.subarray(at, offset + length)) !== bytes.readUInt32LE(offset + 4)) return undefined;
  const gap = bytes.readUInt8(at) === 1;
  return {
    gap,
    items: bytes.readUInt32LE(at + 1),
    fromMs: bytes.readDoubleLE(at + 5),
    toMs: bytes.readDoubleLE(at + 13),
    offset,
    length,
  };
}

function holdsItems({ places }: Segment): boolean {
  return places.some(({ gap }) => !gap);
}

function together(extents: readonly Extent[]): Extent {
  return {
    items: extents.reduce((sum, { items }) => sum + items, 0),
    fromMs: Math.min(...extents.map(({ fromMs }) => fromMs)),
    toMs: Math.max(...extents.map(({ toMs }) => toMs)),
  };
}

/** One caller at a time: the writer that owns it takes care of that. */
export class Spill {
  readonly #options: SpillOptions;
  readonly #segments: Segment[] = [];
  #tail: FileHandle | undefined;
  #next = 1;
  #held = false;
  #torn = 0;

  private constructor(options: SpillOptions) {
    this.#options = options;
  }

  static async open(options: SpillOptions): Promise<Spill> {
    const spill = new Spill(options);
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const names = (await readdir(options.folder)).sort();
    for (const name of names) if (!name.endsWith(SUFFIX)) await rm(join(options.folder, name), { force: true });
    for (const name of names.filter((one) => one.endsWith(SUFFIX))) await spill.#read(Number(name.slice(0, -SUFFIX.length)));
    return spill;
  }

  get empty(): boolean {
    return this.#segments.length === 0;
  }

  /** Still to be delivered, without what gaps tell of. */
  get items(): number {
    return this.#segments.reduce((sum, { places }) => sum + places.reduce((n, { gap, items }) => n + (gap ? 0 : items), 0), 0);
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes that the start cut off as torn. */
  get torn(): number {
    return this.#torn;
  }

  /** False: there is no room, and nothing was written. */
  async append(record: SpillRecord): Promise<boolean> {
    const bytes = packed(record);
    const last = this.#segments.at(-1);
    const fits = last !== undefined && this.#tail !== undefined && last.bytes + bytes.length <= this.#options.segmentBytes;
    if (!fits && this.#segments.filter(holdsItems).length >= this.#options.segments) return false;
    const segment = fits ? last : await this.#begin();
    await this.#tail?.write(bytes, 0, bytes.length, segment.bytes);
    const { items, fromMs, toMs, body } = record;
    segment.places.push({ gap: body === undefined, items, fromMs, toMs, offset: segment.bytes, length: bytes.length });
    segment.bytes += bytes.length;
    return true;
  }

  /** The oldest record is to be delivered: until `removed` or `release` its file is not dropped. */
  hold(): Extent | undefined {
    const place = this.#segments[0]?.places[0];
    if (place === undefined) return undefined;
    this.#held = true;
    const { items, fromMs, toMs } = place;
    return { items, fromMs, toMs };
  }

  /** The body of the oldest record; undefined of a gap. */
  async read(): Promise<Buffer | undefined> {
    const segment = this.#segments[0];
    const place = segment?.places[0];
    if (segment === undefined || place === undefined || place.gap) return undefined;
    const file = await open(this.#path(segment.number), 'r');
    try {
      const record = Buffer.allocUnsafe(place.length);
      await file.read(record, 0, record.length, place.offset);
      if (placeAt(record, 0) === undefined) throw new SuhoError('FILE_UNREADABLE', `${segment.number}${SUFFIX} was changed`);
      return record.subarray(HEADER + EXTENT);
    } finally {
      await file.close();
    }
  }

  release(): void {
    this.#held = false;
  }

  /** The record held has been delivered. */
  async removed(): Promise<void> {
    assert(this.#held, 'what is removed was held');
    this.#held = false;
    const segment = this.#segments[0] as Segment;
    segment.places.shift();
    if (segment.places.length > 0) return;
    this.#segments.shift();
    if (this.#segments.length === 0) await this.#endTail();
    await rm(this.#path(segment.number), { force: true });
  }

  /** Makes room: the oldest file becomes a gap, together with one right before it. Answers what is lost by it. */
  async dropOldest(): Promise<Extent | undefined> {
    const at = this.#segments.findIndex((segment, index) => holdsItems(segment) && !(index === 0 && this.#held));
    const victim = this.#segments[at];
    if (victim === undefined || at === this.#segments.length - 1) return undefined;
    const lost = together(victim.places.filter(({ gap }) => !gap));
    const before = this.#segments[at - 1];
    const joined = before !== undefined && !(at === 1 && this.#held) && !holdsItems(before);
    const extent = together([...(joined ? before.places : []), ...victim.places]);
    const bytes = packed({ ...extent, body: undefined });
    const unfinished = `${this.#path(victim.number)}.new`;
    await writeFile(unfinished, bytes, { mode: 0o600 });
    await rename(unfinished, this.#path(victim.number));
    victim.places.splice(0, victim.places.length, { ...extent, gap: true, offset: 0, length: bytes.length });
    victim.bytes = bytes.length;
    if (joined) {
      this.#segments.splice(at - 1, 1);
      await rm(this.#path(before.number));
    }
    return lost;
  }

  async close(): Promise<void> {
    await this.#endTail();
  }

  #path(number: number): string {
    return join(this.#options.folder, `${String(number).padStart(12, '0')}${SUFFIX}`);
  }

  async #begin(): Promise<Segment> {
    await this.#endTail();
    this.#tail = await open(this.#path(this.#next), 'wx', 0o600);
    const segment: Segment = { number: this.#next, places: [], bytes: 0 };
    this.#next += 1;
    this.#segments.push(segment);
    return segment;
  }

  async #endTail(): Promise<void> {
    const tail = this.#tail;
    this.#tail = undefined;
    await tail?.close();
  }

  async #read(number: number): Promise<void> {
    const path = this.#path(number);
    const bytes = await readFile(path);
    const segment: Segment = { number, places: [], bytes: 0 };
    for (let place = placeAt(bytes, 0); place !== undefined; place = placeAt(bytes, segment.bytes)) {
      segment.places.push(place);
      segment.bytes += place.length;
    }
    this.#next = number + 1;
    this.#torn += bytes.length - segment.bytes;
    if (segment.places.length === 0) {
      await rm(path);
      return;
    }
    if (segment.bytes < bytes.length) await truncate(path, segment.bytes);
    this.#segments.push(segment);
  }
}
