/**
 * One collection of one tenant: items by id, each in a row of a vector index. What happens is written to the log first and then
 * done in memory, by the same code that reads the log again; the log alone decides what there is.
 */
import { existsSync } from 'node:fs';
import { Packr } from 'msgpackr';
import { SuhoError } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import { certaintyOf, cosineOf, EMBEDDING, unitVector } from '../embedding.js';
import type { NearestQuery, Neighbour, Placed } from '../patterns.js';
import type { CodeArena } from './code-arena.js';
import type { CollectionKind } from './collection-kinds.js';
import { OperationLog } from './operation-log.js';
import { SortedIds } from './sorted-ids.js';
import type { Steps } from './turn-taking.js';
import { VectorIndex } from './vector-index.js';

/** First of a record; the vector follows, or the id, and then the item's fields. */
const PUT = 0;
const CHANGE = 1;
const REMOVE = 2;

/** A log of this size of which less than this share says what there is now is written anew. */
const REWRITE_BYTES = 1_048_576;
const REWRITE_SHARE = 0.5;
/** Items that are packed, or taken in, in one step. */
const STEP_ITEMS = 32;
const STEP_IDS = 256;

const packr = new Packr({ useRecords: false });

export interface EmbeddedCollectionOptions<T, F> {
  readonly kind: CollectionKind<T, F>;
  readonly arena: CodeArena;
  /** Undefined keeps all in memory alone. */
  readonly path: string | undefined;
  /** The file is not to be relied on beyond its having been read: it is replaced before anything is added. */
  readonly anew: boolean;
}

interface Group<T> {
  readonly number: number;
  readonly member: T;
}

interface Standing<T> {
  readonly item: T;
  readonly part: string;
  readonly row: number;
  /** Of the record that put it. */
  readonly bytes: number;
}

export class EmbeddedCollection<T extends { readonly id: string }, F> {
  readonly #kind: CollectionKind<T, F>;
  readonly #index: VectorIndex;
  readonly #standing = new Map<string, Standing<T>>();
  readonly #itemAt: (T | undefined)[] = [];
  /** Of the item in each row, so that a filter need not look at the item. */
  readonly #groupAt: number[] = [];
  readonly #figureAt: number[] = [];
  readonly #groups = new Map<string, Group<T>>();
  /** Of the record being read: bytes lie anywhere in it, and numbers must not. */
  readonly #vector = new Float32Array(EMBEDDING);
  readonly #vectorBytes = new Uint8Array(this.#vector.buffer);
  /** Kept from the first page on. */
  #sorted: SortedIds | undefined;
  #log: OperationLog | undefined;
  /** Bytes that the log would have if it said what there is now and no more, but for what changes have added. */
  #presentBytes = 0;
  /** Of the log, from where on its being rewritten is looked at. */
  #rewriteFrom = REWRITE_BYTES;

  private constructor({ kind, arena }: EmbeddedCollectionOptions<T, F>) {
    this.#kind = kind;
    this.#index = new VectorIndex(arena);
  }

  static async open<T extends { readonly id: string }, F>(
    options: EmbeddedCollectionOptions<T, F>,
  ): Promise<EmbeddedCollection<T, F>> {
    const collection = new EmbeddedCollection(options);
    if (options.path !== undefined) await collection.#read(options.path, options.anew);
    return collection;
  }

  get(id: string): Placed<T> | undefined {
    const standing = this.#standing.get(id);
    return standing && { item: standing.item, vector: this.#index.vectorAt(standing.row) };
  }

  /** Whether its disk has failed it: it is closed, and opened anew. */
  get failed(): boolean {
    return this.#log?.failed === true;
  }

  /** All are looked at before the first is stored. */
  *put(placed: readonly Placed<T>[]): Steps<void> {
    this.#checkRoom(placed);
    const records: Buffer[] = [];
    for (const { item, vector } of placed) {
      records.push(this.#putRecord(item, unitVector(vector)));
      if (records.length % STEP_ITEMS === 0) yield;
    }
    yield* this.#appendAll(records);
  }

  /** Another state of an item that there is; its place stays. */
  change(item: T): void {
    this.#append([packr.pack([CHANGE, item.id, ...this.#fieldsOf(item)])]);
  }

  *remove(ids: readonly string[]): Steps<void> {
    const known = [...new Set(ids)].filter((id) => this.#standing.has(id));
    yield* this.#appendAll(known.map((id) => packr.pack([REMOVE, id])));
  }

  /** Resolves when all that was done by now is on the disk. */
  async synced(): Promise<void> {
    await this.#log?.synced();
  }

  *nearest(vector: Float32Array, { count, certainty = 0, filter }: NearestQuery<F>): Steps<readonly Neighbour<T>[]> {
    const itemAt = (row: number): T => this.#itemAt[row] as T;
    const near = yield* this.#index.nearest(unitVector(vector), {
      count,
      least: cosineOf(certainty),
      acceptPart: (part) => filter === undefined || this.#kind.partFits(part, filter),
      accept: filter === undefined ? () => true : this.#accepting(filter),
      before: (row, other) => itemAt(row).id < itemAt(other).id,
    });
    return near.map(({ nearness, row }) => ({ item: itemAt(row), certainty: certaintyOf(nearness) }));
  }

  *page(after = ''): Steps<readonly Placed<T>[]> {
    this.#sorted ??= yield* this.#sortedIds();
    return this.#sorted.after(after, LIMITS.patterns.pageItems).map((id) => this.get(id) as Placed<T>);
  }

  /** Copies its log as it is now into a new file; answers its bytes. */
  async copyTo(path: string): Promise<number> {
    return (await this.#log?.copyTo(path)) ?? 0;
  }

  async close(): Promise<void> {
    try {
      await this.#log?.close();
    } finally {
      this.#index.close();
    }
  }

  *#sortedIds(): Steps<SortedIds> {
    const sorted = new SortedIds();
    let added = 0;
    for (const id of this.#standing.keys()) {
      sorted.add(id);
      added += 1;
      if (added % STEP_IDS === 0) yield;
    }
    return sorted;
  }

  #checkRoom(placed: readonly Placed<T>[]): void {
    const more = new Set(placed.map(({ item }) => item.id).filter((id) => !this.#standing.has(id))).size;
    if (this.#standing.size + more > LIMITS.patterns.items)
      throw new SuhoError('CONFLICT', `a collection of a tenant holds at most ${LIMITS.patterns.items} items`);
  }

  #fieldsOf(item: T): readonly unknown[] {
    const fields = this.#kind.fieldsOf(item);
    const { length } = packr.pack(fields);
    if (length > LIMITS.patterns.itemBytes)
      throw new SuhoError('INPUT_INVALID', `an item takes ${length} bytes, more than ${LIMITS.patterns.itemBytes}`);
    return fields;
  }

  #putRecord(item: T, vector: Float32Array): Buffer {
    const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
    return packr.pack([PUT, bytes, ...this.#fieldsOf(item)]);
  }

  *#appendAll(records: readonly Buffer[]): Steps<void> {
    for (let from = 0; from < records.length; from += STEP_ITEMS) {
      if (from > 0) yield;
      this.#append(records.slice(from, from + STEP_ITEMS));
    }
  }

  /** Written, then done. */
  #append(records: readonly Buffer[]): void {
    this.#log?.append(records);
    for (const record of records) this.#take(record);
    void this.#rewriteWhenDue();
  }

  #take(record: Uint8Array): void {
    const [kind, first, ...fields] = packr.unpack(record) as [number, unknown, ...unknown[]];
    if (kind === PUT) this.#takePut(this.#kind.itemOf(fields), first as Uint8Array, record.length);
    else if (kind === CHANGE) this.#takeChange(first as string, fields);
    else this.#takeRemove(first as string);
  }

  #takePut(item: T, vector: Uint8Array, bytes: number): void {
    this.#takeRemove(item.id);
    const part = this.#kind.partOf(item);
    this.#vectorBytes.set(vector);
    const row = this.#index.add(part, this.#vector);
    this.#standing.set(item.id, { item, part, row, bytes });
    this.#setItem(row, item);
    this.#presentBytes += bytes;
    this.#sorted?.add(item.id);
  }

  #takeChange(id: string, fields: readonly unknown[]): void {
    const standing = this.#standing.get(id);
    if (standing === undefined) return;
    const item = this.#kind.itemOf(fields);
    this.#standing.set(id, { ...standing, item });
    this.#setItem(standing.row, item);
  }

  #setItem(row: number, item: T): void {
    const name = this.#kind.groupOf(item);
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = { number: this.#groups.size, member: item };
      this.#groups.set(name, group);
    }
    this.#itemAt[row] = item;
    this.#groupAt[row] = group.number;
    this.#figureAt[row] = this.#kind.figureOf(item);
  }

  #accepting(filter: F): (row: number) => boolean {
    const fits = new Uint8Array(this.#groups.size);
    for (const { number, member } of this.#groups.values()) fits[number] = this.#kind.groupFits(member, filter) ? 1 : 0;
    const over = this.#kind.figureOver(filter) ?? Number.NEGATIVE_INFINITY;
    const groupAt = this.#groupAt;
    const figureAt = this.#figureAt;
    return (row) => fits[groupAt[row] as number] === 1 && (figureAt[row] as number) > over;
  }

  #takeRemove(id: string): void {
    const standing = this.#standing.get(id);
    if (standing === undefined) return;
    this.#standing.delete(id);
    this.#itemAt[standing.row] = undefined;
    this.#index.remove(standing.part, standing.row);
    this.#presentBytes -= standing.bytes;
    this.#sorted?.delete(id);
  }

  async #read(path: string, anew: boolean): Promise<void> {
    this.#log = await OperationLog.open(path, (record) => this.#take(record));
    if (anew && existsSync(path)) await this.#log.rewrite(this.#presentRecords());
    else await this.#rewriteWhenDue();
  }

  /** What fails here is what the next write will fail of as well, or it is tried again when the log has grown. */
  async #rewriteWhenDue(): Promise<void> {
    const log = this.#log;
    if (log === undefined || log.length < this.#rewriteFrom || !log.resting) return;
    if (this.#presentBytes >= REWRITE_SHARE * log.length) return;
    this.#rewriteFrom = log.length + REWRITE_BYTES;
    await log.rewrite(this.#presentRecords()).then(
      () => {
        this.#rewriteFrom = REWRITE_BYTES;
      },
      () => {},
    );
  }

  /** Each that stands when it is asked for, of those that stood at first. */
  *#presentRecords(): Generator<Buffer> {
    let left = this.#standing.size;
    for (const { item, row } of this.#standing.values()) {
      if (left === 0) return;
      left -= 1;
      yield this.#putRecord(item, this.#index.vectorAt(row));
    }
  }
}
