/**
 * Takes what is past its time out of the ledger into the archive, copies there what analytics will soon forget
 * (`series-run.ts`), and gives both back. The order is what makes it safe: an object is
 * written, read back and compared; then it is entered in the ledger's catalogue; only then its rows leave their table, in steps;
 * and when the last has, the catalogue says so. A run that is cut off anywhere is made good by the next: rows whose object was
 * not entered are still in their table and make the same object again, under the same name; of an object that was entered the
 * rows that have not left do so then. So a row is never nowhere, and an object that the catalogue calls `left` has nothing
 * that its table has as well.
 *
 * Who calls sees to it that one run goes on at a time: the job's lease does.
 */
import { SuhoError, sentence } from '../../errors.js';
import { LIMITS } from '../../limits.js';
import type { Clock } from '../../runtime/clock.js';
import { periodsOf, type Retention } from '../retention-table.js';
import type { AgingSeries } from './aging-series.js';
import type { ArchiveCatalogue, ArchivedObject } from './archive-catalogue.js';
import type { ArchiveStore } from './archive-store.js';
import { ObjectShelf } from './object-shelf.js';
import { type ArchivedRows, type Cell, namedRow } from './rows-file.js';
import { copySeries, forgotten } from './series-run.js';

export interface ArchiverOptions {
  readonly catalogue: ArchiveCatalogue;
  /** Of analytics, where there is one. */
  readonly series?: AgingSeries;
  readonly store: ArchiveStore;
  readonly retention: Retention;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface ArchiveRun {
  /** Objects made, and the rows that left their tables. */
  readonly objects: number;
  readonly rows: number;
  /** Rows that have changed since they were archived, and stay. */
  readonly changed: number;
  /** Rows of analytics that were copied, and the objects they made. */
  readonly copied: number;
  readonly copies: number;
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

type Sums = { -readonly [K in keyof ArchiveRun]: number };

export class Archiver {
  readonly #options: ArchiverOptions;
  readonly #shelf: ObjectShelf;

  constructor(options: ArchiverOptions) {
    this.#options = options;
    this.#shelf = new ObjectShelf(options);
  }

  /** The ledger first: analytics may be away. */
  async run(signal: AbortSignal): Promise<ArchiveRun> {
    const sums: Sums = { objects: 0, rows: 0, changed: 0, copied: 0, copies: 0, dropped: 0 };
    const objects = await this.#options.catalogue.objects();
    await this.#finish(objects, sums, signal);
    await this.#runLedger(sums, signal);
    const { series } = this.#options;
    if (series !== undefined) await this.#runSeries(series, objects, sums, signal);
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
        rows += (await this.#shelf.read(object)).rows.length;
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
    const archived = await this.#shelf.read(await this.#shelf.find(name));
    return archived.rows.map((row) => namedRow(archived, row));
  }

  /** Puts an object's rows back into their table, where they stay for as long as the way back is. */
  async restore(name: string): Promise<Restored> {
    const { catalogue, series, clock } = this.#options;
    const object = await this.#shelf.find(name);
    const archived = await this.#shelf.read(object);
    const told = { name, kind: object.kind, rows: archived.rows.length, heldUntil: clock.nowMs() + wayBackMs };
    if (this.#isOfLedger(object)) return { ...told, back: await this.#putBack(name, archived, told.heldUntil) };
    if (series === undefined) throw new SuhoError('CONFLICT', `${name} is of analytics, which is off: its rows can be printed`);
    await catalogue.hold(name, told.heldUntil);
    return { ...told, back: await series.putBack(archived, wayBackMs) };
  }

  async #putBack(name: string, archived: ArchivedRows, heldUntil: number): Promise<number> {
    try {
      return await this.#options.catalogue.putBack(name, archived, heldUntil);
    } catch (error) {
      if (!/foreign key/.test(sentence(error))) throw error;
      throw new SuhoError('CONFLICT', `rows of ${name} refer to signals that have left as well: restore those first`, {
        cause: error,
      });
    }
  }

  /** What earlier runs had begun, and objects that are past their own time. */
  async #finish(objects: readonly ArchivedObject[], sums: Sums, signal: AbortSignal): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    for (const object of objects) {
      signal.throwIfAborted();
      if (object.state === 'left' && object.keepUntil !== null && object.keepUntil + wayBackMs <= nowMs) {
        await this.#shelf.drop(object);
        sums.dropped += 1;
      } else if (object.state === 'kept' && object.heldUntil <= nowMs && this.#isOfLedger(object))
        await this.#takeOut(object, sums, signal);
    }
  }

  async #runLedger(sums: Sums, signal: AbortSignal): Promise<void> {
    const { catalogue, retention, clock } = this.#options;
    const nowMs = clock.nowMs();
    for (const kind of catalogue.kinds) {
      const { stays } = periodsOf(retention, kind);
      if (stays === Number.POSITIVE_INFINITY) continue;
      for (const tenantId of await catalogue.tenants(kind, nowMs - stays)) {
        for (;;) {
          signal.throwIfAborted();
          const aged = await catalogue.aged(kind, tenantId, nowMs - stays);
          if (aged === undefined) break;
          const changed = await this.#takeOut(await this.#shelf.make(aged), sums, signal);
          sums.objects += 1;
          // Rows that stay would come again at once.
          if (changed > 0) break;
        }
      }
    }
  }

  async #runSeries(series: AgingSeries, objects: readonly ArchivedObject[], sums: Sums, signal: AbortSignal): Promise<void> {
    const { catalogue, retention, clock } = this.#options;
    const nowMs = clock.nowMs();
    const kept = objects.filter((object) => object.state === 'kept' && object.heldUntil <= nowMs && !this.#isOfLedger(object));
    for await (const object of forgotten({ series, retention }, kept)) {
      signal.throwIfAborted();
      await this.#left(object);
    }
    for await (const { rows } of copySeries({ series, catalogue, retention, shelf: this.#shelf }, signal)) {
      sums.copied += rows;
      sums.copies += 1;
    }
  }

  #isOfLedger({ kind }: ArchivedObject): boolean {
    return this.#options.catalogue.kinds.includes(kind);
  }

  /** The object is read again before anything leaves: what cannot be had back is not given away. Answers how many rows stay. */
  async #takeOut(object: ArchivedObject, sums: Sums, signal: AbortSignal): Promise<number> {
    const archived = await this.#shelf.read(object);
    const rows = await this.#options.catalogue.takeOut(archived, signal);
    await this.#left(object);
    const changed = archived.rows.length - rows;
    sums.rows += rows;
    sums.changed += changed;
    return changed;
  }

  async #left({ name, kind, toMs }: ArchivedObject): Promise<void> {
    const { catalogue, retention, clock } = this.#options;
    const leftAt = clock.nowMs();
    const keepUntil = Math.max(leftAt, toMs + (periodsOf(retention, kind).cold ?? 0));
    await catalogue.left(name, leftAt, keepUntil === Number.POSITIVE_INFINITY ? null : keepUntil);
  }
}
