/** The archive's objects one by one: made and read back, found, read, and gone. */
import { createHash } from 'node:crypto';
import { SuhoError } from '../../errors.js';
import type { Clock } from '../../runtime/clock.js';
import type { AgedRows, ArchiveCatalogue, ArchivedObject } from './archive-catalogue.js';
import type { ArchiveStore } from './archive-store.js';
import { type ArchivedRows, decodeRows, encodeRows } from './rows-file.js';

export interface ObjectShelfOptions {
  readonly catalogue: Pick<ArchiveCatalogue, 'objects' | 'enter' | 'dropped'>;
  readonly store: ArchiveStore;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** In names, for no tenant; no tenant's id begins so. */
const NOBODY = '_';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export class ObjectShelf {
  readonly #options: ObjectShelfOptions;

  constructor(options: ObjectShelfOptions) {
    this.#options = options;
  }

  /** Written, read back and compared, and only then entered. */
  async make(aged: AgedRows): Promise<ArchivedObject> {
    const { catalogue, store, clock } = this.#options;
    const { kind, tenantId, fromMs, toMs, rows } = aged;
    const bytes = await encodeRows(aged);
    const hash = sha256(bytes);
    // What it holds is in its name: the same rows are the same object, and no other can take its place.
    const name = `${kind}/${tenantId || NOBODY}/${fromMs}-${toMs}-${hash.slice(0, 16)}.parquet`;
    await store.put(name, bytes);
    const object = { name, kind, tenantId, fromMs, toMs, rows: rows.length, bytes: bytes.length, sha256: hash };
    await this.read(object);
    const made = { ...object, madeAt: clock.nowMs() };
    await catalogue.enter(made);
    return { ...made, state: 'kept', leftAt: null, keepUntil: null, heldUntil: 0 };
  }

  /** Its rows, when it is what was written. */
  async read(object: Pick<ArchivedObject, 'name' | 'kind' | 'tenantId' | 'rows' | 'bytes' | 'sha256'>): Promise<ArchivedRows> {
    const { name, kind, tenantId } = object;
    const fail = (what: string): never => {
      throw new SuhoError('ARCHIVE_FAILED', `${name} ${what}`);
    };
    const bytes = (await this.#options.store.get(name)) ?? fail(`is not in ${this.#options.store.place}`);
    if (bytes.length !== object.bytes) fail(`has ${bytes.length} bytes, and had ${object.bytes}`);
    if (sha256(bytes) !== object.sha256) fail('is not what was written: its checksum is another');
    const archived = await decodeRows(bytes, name);
    if (archived.kind !== kind || archived.tenantId !== tenantId || archived.rows.length !== object.rows)
      fail(`is not of the ${object.rows} rows of ${kind} that the catalogue tells of`);
    return archived;
  }

  async find(name: string): Promise<ArchivedObject> {
    const object = (await this.#options.catalogue.objects(true)).find((known) => known.name === name);
    if (object === undefined) throw new SuhoError('NOT_FOUND', `the archive has no object ${name}: see suho archive list`);
    if (object.state === 'dropped') throw new SuhoError('NOT_FOUND', `${name} was past its time, and is gone`);
    return object;
  }

  async drop({ name }: Pick<ArchivedObject, 'name'>): Promise<void> {
    await this.#options.store.delete(name);
    await this.#options.catalogue.dropped(name);
  }
}
