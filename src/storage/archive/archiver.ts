/**
 * Takes what is past its time out of the ledger into the archive, and back. The order is what makes it safe: an object is
 * written, read back and compared; then it is entered in the ledger's catalogue; only then its rows leave their table, in steps;
 * and when the last has, the catalogue says so. A run that is cut off anywhere is made good by the next: rows whose object was
 * not entered are still in their table and make the same object again, under the same name; of an object that was entered the
 * rows that have not left do so then. So a row is never nowhere, and an object that the catalogue calls `left` has nothing
 * that its table has as well.
 *
 * Who calls sees to it that one run goes on at a time: the job's lease does.
 */
import { createHash } from 'node:crypto';
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Clock } from '../../runtime/clock.js';
import type { Retention } from '../retention-table.js';
import type { AgedRows, ArchiveCatalogue, ArchivedObject } from './archive-catalogue.js';
import type { ArchiveStore } from './archive-store.js';
import { type ArchivedRows, type Cell, decodeRows, encodeRows, namedRow } from './rows-file.js';

export interface ArchiverOptions {
  readonly catalogue: ArchiveCatalogue;
  readonly store: ArchiveStore;
  readonly retention: Pick<Retention, 'ledger'>;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface ArchiveRun {
  /** Objects made, and the rows that left their tables. */
  readonly objects: number;
  readonly rows: number;
  /** Rows that have changed since they were archived, and stay. */
  readonly changed: number;
  /** Objects past their own time, gone for good. */
  readonly dropped: number;
}

export interface ArchiveFault {
  readonly name: string;
  readonly what: string;
}

export interface ArchiveReport {
  readonly ok: boolean;
  readonly objects: number;
  readonly rows: number;
  readonly bytes: number;
  readonly faults: readonly ArchiveFault[];
  /** Files that the catalogue does not know: left by a run that was cut off, or another ledger's. */
  readonly strays: readonly string[];
}

export interface Restored {
  readonly name: string;
  readonly kind: string;
  readonly rows: number;
  /** Of them, those that were not in their table. */
  readonly back: number;
  readonly heldUntil: number;
}

const { wayBackMs } = LIMITS.archive;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export class Archiver {
  readonly #options: ArchiverOptions;

  constructor(options: ArchiverOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<ArchiveRun> {
    const { catalogue } = this.#options;
    const sums = { objects: 0, rows: 0, changed: 0, dropped: 0 };
    const tally = ({ rows, changed }: { readonly rows: number; readonly changed: number }): void => {
      sums.rows += rows;
      sums.changed += changed;
    };
    const nowMs = this.#options.clock.nowMs();
    for (const object of await catalogue.objects()) {
      signal.throwIfAborted();
      if (object.state === 'kept' && object.heldUntil <= nowMs) tally(await this.#takeOut(object, signal));
      else if (object.state === 'left' && object.keepUntil !== null && object.keepUntil + wayBackMs <= nowMs) {
        await this.#drop(object);
        sums.dropped += 1;
      }
    }
    for (const kind of catalogue.kinds) {
      const hotMs = this.#options.retention.ledger[kind]?.hot ?? Number.POSITIVE_INFINITY;
      if (hotMs === Number.POSITIVE_INFINITY) continue;
      for (const tenantId of await catalogue.tenants(kind, nowMs - hotMs)) {
        for (;;) {
          signal.throwIfAborted();
          const aged = await catalogue.aged(kind, tenantId, nowMs - hotMs);
          if (aged === undefined) break;
          const gone = await this.#takeOut(await this.#make(aged), signal);
          tally(gone);
          sums.objects += 1;
          // Rows that stay would come again at once.
          if (gone.changed > 0) break;
        }
      }
    }
    return sums;
  }

  list(): Promise<readonly ArchivedObject[]> {
    return this.#options.catalogue.objects(true);
  }

  /** Reads every object, and compares it with what the catalogue says. */
  async verify(): Promise<ArchiveReport> {
    const { catalogue, store } = this.#options;
    const objects = await catalogue.objects();
    const faults: ArchiveFault[] = [];
    let rows = 0;
    let bytes = 0;
    for (const object of objects) {
      try {
        rows += (await this.#read(object)).rows.length;
        bytes += object.bytes;
      } catch (error) {
        // A store that is away says nothing about what it holds.
        if (error instanceof SuhoError && error.code === 'UNREACHABLE') throw error;
        faults.push({ name: object.name, what: sentence(error) });
      }
    }
    const known = new Set(objects.map(({ name }) => name));
    const stored = (await store.list('')).map(({ name }) => name);
    const strays = stored.filter((name) => !known.has(name));
    return { ok: faults.length === 0, objects: objects.length, rows, bytes, faults, strays };
  }

  /** An object's rows, under the names of their columns. */
  async rows(name: string): Promise<readonly Readonly<Record<string, Cell>>[]> {
    const archived = await this.#read(await this.#object(name));
    return archived.rows.map((row) => namedRow(archived, row));
  }

  /** Puts an object's rows back into their table, where they stay for as long as the way back is. */
  async restore(name: string): Promise<Restored> {
    const object = await this.#object(name);
    const archived = await this.#read(object);
    const heldUntil = this.#options.clock.nowMs() + wayBackMs;
    try {
      const back = await this.#options.catalogue.putBack(name, archived, heldUntil);
      return { name, kind: object.kind, rows: archived.rows.length, back, heldUntil };
    } catch (error) {
      if (!/foreign key/.test(sentence(error))) throw error;
      throw new SuhoError('CONFLICT', `rows of ${name} refer to signals that have left as well: restore those first`, {
        cause: error,
      });
    }
  }

  async #make(aged: AgedRows): Promise<ArchivedObject> {
    const { catalogue, store, clock } = this.#options;
    const { kind, tenantId, fromMs, toMs, rows } = aged;
    const bytes = await encodeRows(aged);
    const hash = sha256(bytes);
    // What it holds is in its name: the same rows are the same object, and no other can take its place.
    const name = `${kind}/${tenantId}/${fromMs}-${toMs}-${hash.slice(0, 16)}.parquet`;
    await store.put(name, bytes);
    const object = { name, kind, tenantId, fromMs, toMs, rows: rows.length, bytes: bytes.length, sha256: hash };
    await this.#read(object);
    const made = { ...object, madeAt: clock.nowMs() };
    await catalogue.enter(made);
    return { ...made, state: 'kept', leftAt: null, keepUntil: null, heldUntil: 0 };
  }

  /** The object is read again before anything leaves: what cannot be had back is not given away. */
  async #takeOut(object: ArchivedObject, signal: AbortSignal): Promise<{ readonly rows: number; readonly changed: number }> {
    const { catalogue, retention, clock } = this.#options;
    const archived = await this.#read(object);
    const rows = await catalogue.takeOut(archived, signal);
    const leftAt = clock.nowMs();
    const keepUntil = Math.max(leftAt, object.toMs + (retention.ledger[object.kind]?.cold ?? 0));
    await catalogue.left(object.name, leftAt, keepUntil === Number.POSITIVE_INFINITY ? null : keepUntil);
    return { rows, changed: archived.rows.length - rows };
  }

  async #drop({ name }: ArchivedObject): Promise<void> {
    await this.#options.store.delete(name);
    await this.#options.catalogue.dropped(name);
  }

  async #object(name: string): Promise<ArchivedObject> {
    const object = (await this.#options.catalogue.objects(true)).find((known) => known.name === name);
    if (object === undefined) throw new SuhoError('NOT_FOUND', `the archive has no object ${name}: see suho archive list`);
    if (object.state === 'dropped') throw new SuhoError('NOT_FOUND', `${name} was past its time, and is gone`);
    return object;
  }

  async #read(object: Pick<ArchivedObject, 'name' | 'kind' | 'tenantId' | 'rows' | 'bytes' | 'sha256'>): Promise<ArchivedRows> {
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
}
