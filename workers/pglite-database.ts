/**
 * Makes the embedded ledger's database, in a thread that ends with it: an engine that has once run keeps what memory it took
 * (about 160 MB) for as long as its thread lives, even when it is closed.
 *
 * Made under another name and renamed when whole: a first start that is killed leaves nothing that looks like a database.
 */
import { renameSync, rmSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { DatabaseSettings } from '../src/storage/ledger/embedded.js';

const { dataFolder } = workerData as DatabaseSettings;
const unfinished = `${dataFolder}.new`;
rmSync(unfinished, { recursive: true, force: true });
const made = await PGlite.create({ dataDir: unfinished });
await made.close();
renameSync(unfinished, dataFolder);
