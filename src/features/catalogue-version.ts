import { SuhoError } from '../errors.js';
import { COLUMNS } from '../indicators/registry.js';
import { sha256Hex } from '../runtime/digest.js';

/** Raised when a column comes, goes, moves, or means something else: the hash of the names cannot tell the last. */
export const CATALOGUE_VERSION = 1;

/** SHA-256 of the names in their order, joined by newlines. */
export const CATALOGUE_HASH: string = sha256Hex(COLUMNS.join('\n'));

/** Which catalogue a vector or a file of rows was made by, or a model trained on. */
export interface CatalogueStamp {
  readonly version: number;
  readonly hash: string;
}

export const CATALOGUE_STAMP: CatalogueStamp = { version: CATALOGUE_VERSION, hash: CATALOGUE_HASH };

/** `what` names who bears the stamp: `model eurusd-m15`. */
export function assertSameCatalogue(what: string, { version, hash }: CatalogueStamp): void {
  if (version === CATALOGUE_VERSION && hash === CATALOGUE_HASH) return;
  const shown = (stamp: CatalogueStamp): string => `version ${stamp.version}, hash ${stamp.hash.slice(0, 12)}`;
  throw new SuhoError(
    'CATALOGUE_MISMATCH',
    `${what} was made with another feature catalogue (${shown({ version, hash })}) than this one (${shown(CATALOGUE_STAMP)}).`,
  );
}
