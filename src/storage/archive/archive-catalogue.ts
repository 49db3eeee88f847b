/** What is in the archive and what is still to come into it, as the ledger knows it. */
import type { ArchivedRows } from './rows-file.js';

export interface ArchivedObject {
  /** In the archive's store. */
  readonly name: string;
  readonly kind: string;
  /** '' where rows have no tenant. */
  readonly tenantId: string;
  /** Ages of its first and last row. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly madeAt: number;
  /** `kept`: its rows may be in their table as well. `left`: they are here alone. `dropped`: the object is gone too. */
  readonly state: 'kept' | 'left' | 'dropped';
  readonly leftAt: number | null;
  /** Null: for ever. */
  readonly keepUntil: number | null;
  /** Rows that were put back stay in their table until then. */
  readonly heldUntil: number;
}

export type NewObject = Omit<ArchivedObject, 'state' | 'leftAt' | 'keepUntil' | 'heldUntil'>;

/** Rows past their time, and the ages of the first and the last. */
export interface AgedRows extends ArchivedRows {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ArchiveCatalogue {
  /** Those that age out, in an order in which what refers to a row goes before the row. */
  readonly kinds: readonly string[];
  /** Whose rows of a kind are older than that. */
  tenants(kind: string, beforeMs: number): Promise<readonly string[]>;
  /** The oldest rows, as many as one object takes; none that an object which has not left holds. */
  aged(kind: string, tenantId: string, beforeMs: number): Promise<AgedRows | undefined>;
  /** Enters an object as `kept`. */
  enter(object: NewObject): Promise<void>;
  /** Takes the rows out of their table, those that are still as they were archived; answers how many went. */
  takeOut(archived: ArchivedRows, signal: AbortSignal): Promise<number>;
  /** The object's rows are out of their table. */
  left(name: string, leftAt: number, keepUntil: number | null): Promise<void>;
  dropped(name: string): Promise<void>;
  /** The object is `kept` from here on, until then at least. */
  hold(name: string, heldUntil: number): Promise<void>;
  /** The object is `kept` from here on, and its rows are in their table until `heldUntil`; answers how many were not there. */
  putBack(name: string, archived: ArchivedRows, heldUntil: number): Promise<number>;
  /** Every object but those that are gone, or all; in the order of their names. */
  objects(all?: boolean): Promise<readonly ArchivedObject[]>;
}
