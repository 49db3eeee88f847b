/**
 * Where the archive's objects are: a folder, or a bucket of an S3-compatible store. One interface under one contract suite.
 * An object is written once, whole or not at all, and never changed. No name is the folder of another.
 */
import { assert } from '../../runtime/assert.js';

export interface StoredObject {
  readonly name: string;
  readonly bytes: number;
}

export interface ArchiveStore {
  /** Durable when it resolves; an object of that name is replaced. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined where there is none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Those whose names begin so, in the order of their names. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /** One that is not there is deleted already. */
  delete(name: string): Promise<void>;
  /** Where it is, for a person; without secrets. */
  readonly place: string;
}

const NAME = /^[a-z0-9_][a-z0-9_.-]*(\/[a-z0-9_][a-z0-9_.-]*)*$/;

/** Names are such that a path, an address and a listing say them as they are. */
export function checkName(name: string): void {
  assert(NAME.test(name) && name.length <= 500, `an object of the archive can be named ${JSON.stringify(name)}`);
}
