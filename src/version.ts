import { createRequire } from 'node:module';

/** One place for the version: package.json, two folders above the compiled file. */
export const SUHO_VERSION: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
