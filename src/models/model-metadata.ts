import { CATALOGUE_STAMP } from '../features/catalogue-version.js';

/** What every model's file says of the catalogue that it was trained on. */
export const CATALOGUE_METADATA: Readonly<Record<string, string>> = {
  'suho.catalogue.version': String(CATALOGUE_STAMP.version),
  'suho.catalogue.hash': CATALOGUE_STAMP.hash,
};
