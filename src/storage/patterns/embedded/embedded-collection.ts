/**
 * One collection of one tenant: items by id, each in a row of a vector index. What happens is written to the log first and then
 * done in memory, by the same code that reads the log again; the log alone decides what there is.
 */
import { Packr } from 'msgpackr';
import { SuhoError } from '../../../errors.js';
import { LIMITS } from '../../../limits.js';
import { certaintyOf, cosineOf, EMBEDDING, unitVector } from '../embedding.js';
import type { NearestQuery, Neighbour, Placed } from '../patterns.js';
import type { CodeArena } from './code-arena.js';
import type { CollectionKind } from './collection-kinds.js';
import { OperationLog } from './operation-log.js';
import { VectorIndex } from './vector-index.js';

/** First of a record; the vector follows, or the id, and then the item's fields. */
const PUT = 0;
const CHANGE = 1;
const REMOVE = 2;

/** A log of this size of which less than this share says what there is now is written anew when it is opened. */
const REWRITE_BYTES = 1_048_576;
const REWRITE_SHARE = 0.5;

const packr = new Packr({ useRecords: false });

export interface EmbeddedCollectionOptions<T, F> {
  readonly kind: CollectionKind<T, F>;
  readonly arena: CodeArena;
  /** Undefined keeps all in memory alone. */
  readonly path: string | undefined;
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
  /** Ids in order, until one comes or goes. */
  #sorted: readonly string[] | undefined;
  #log: OperationLog | undefined;

  private constructor({ kind, arena }: EmbeddedCollectionOptions<T, F>) {
    this.#kind = kind;
    this.#index = new VectorIndex(arena);
  }

  static async open<T extends { readonly id: string }, F>(
    options: EmbeddedCollectionOptions<T, F>,
  ): Promise<EmbeddedCollection<T, F>> {
    const collection = new EmbeddedCollection(options);
    if (options.path !== undefined) await collection.#read(options.path);
    return collection;
  }

  get(id: string): Placed<T> | undefined {
    const standing = this.#standing.get(id);
    return standing && { item: standing.item, vector: this.#index.vectorAt(standing.row) };
  }

  async put(placed: readonly Placed<T>[]): Promise<void> {
    this.#checkRoom(placed);
    await this.#append(placed.map(({ item, vector }) => this.#putRecord(item, unitVector(vector))));
  }

  /** Another state of an item that there is; its place stays. */
  async change(item: T): Promise<void> {
    await this.#append([packr.pack([CHANGE, item.id, ...this.#fieldsOf(item)])]);
  }

  async remove(ids: readonly string[]): Promise<void> {
    const known = [...new Set(ids)].filter((id) => this.#standing.has(id));
    await this.#append(known.map((id) => packr.pack([REMOVE, id])));
  }

  nearest(vector: Float32Array, { count, certainty = 0, filter }: NearestQuery<F>): readonly Neighbour<T>[] {
    const itemAt = (row: number): T => this.#itemAt[row] as T;
    const near = this.#index.nearest(unitVector(vector), {
      count,
      least: cosineOf(certainty),
      acceptPart: (part) => filter === undefined || this.#kind.partFits(part, filter),
      accept: filter === undefined ? () => true : this.#accepting(filter),
      before: (row, other) => itemAt(row).id < itemAt(other).id,
    });
    return near.map(({ nearness, row }) => ({ item: itemAt(row), certainty: certaintyOf(nearness) }));
  }

  page(after = ''): readonly Placed<T>[] {
    this.#sorted ??= [...this.#standing.keys()].sort();
    const from = firstAfter(this.#sorted, after);
    return this.#sorted.slice(from, from + LIMITS.patterns.pageItems).map((id) => this.get(id) as Placed<T>);
  }

  async close(): Promise<void> {
    this.#index.close();
    await this.#log?.close();
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

  /** Written, done, and answered when it is on the disk. */
  async #append(records: readonly Buffer[]): Promise<void> {
    if (records.length === 0) return;
    this.#log?.append(records);
    for (const record of records) this.#take(record);
    await this.#log?.synced();
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
    this.#sorted = undefined;
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
    this.#sorted = undefined;
  }

  async #read(path: string): Promise<void> {
    this.#log = await OperationLog.open(path, (record) => this.#take(record));
    if (this.#log.length < REWRITE_BYTES) return;
    let present = 0;
    for (const { bytes } of this.#standing.values()) present += bytes;
    if (present < REWRITE_SHARE * this.#log.length) await this.#log.rewrite(this.#presentRecords());
  }

  *#presentRecords(): Generator<Buffer> {
    for (const { item, row } of this.#standing.values()) yield this.#putRecord(item, this.#index.vectorAt(row));
  }
}

/** Where in a sorted list those after `text` begin. */
function firstAfter(sorted: readonly string[], text: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((sorted[middle] as string) <= text) from = middle + 1;
    else to = middle;
  }
  return from;
}
