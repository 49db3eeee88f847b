/** Starts the embedded ledger's engine in its thread, and says where it listens. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SuhoError, sentence } from '../../errors.js';
import type { LedgerConnection } from './transaction.js';

/** What the thread that makes the database is given. */
export interface DatabaseSettings {
  readonly dataFolder: string;
}

/** What the engine's thread is given. */
export interface EmbeddedSettings extends DatabaseSettings {
  /** Undefined: a loopback port. */
  readonly socketFile: string | undefined;
}

/** What the worker says. */
export type EmbeddedReport =
  | { readonly kind: 'ready'; readonly at: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly message: string };

export interface EmbeddedLedger {
  readonly connection: LedgerConnection;
  /** Where its database is. */
  readonly files: string;
  /** Resolves when the engine has ended, with the reason unless it was closed. */
  readonly ended: Promise<string | undefined>;
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The node's data folder, which the caller has locked. */
  readonly folder: string;
  /** Told what takes long: a first start makes the database, about four seconds. */
  readonly onProgress?: (sentence: string) => void;
}

/** `pg` finds a socket by its folder and this name. */
const PORT = 5432;
const SOCKET_NAME = `.s.PGSQL.${PORT}`;
/** What fits into `sockaddr_un` on every platform. */
const SOCKET_PATH_MOST = 103;

const ENGINE = new URL('../../../workers/pglite.js', import.meta.url);
const MAKER = new URL('../../../workers/pglite-database.js', import.meta.url);

/** A folder that only this user can enter, with a path short enough for a socket; undefined where there are no such sockets. */
async function socketFolder(folder: string): Promise<{ readonly path: string; readonly temporary: boolean } | undefined> {
  if (process.platform === 'win32') return undefined;
  const path = join(folder, 'run');
  if (Buffer.byteLength(join(path, SOCKET_NAME)) > SOCKET_PATH_MOST) {
    return { path: await mkdtemp(join(tmpdir(), 'suho-')), temporary: true };
  }
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  // Left by a node that was killed; the folder is locked, so nobody listens there now.
  await rm(join(path, SOCKET_NAME), { force: true });
  return { path, temporary: false };
}

/** The worker's next report; its end without one is a failure. */
function nextReport(worker: Worker): Promise<EmbeddedReport> {
  return new Promise((resolve) => {
    const failed = (message: string): void => resolve({ kind: 'failed', message });
    worker.once('message', resolve);
    worker.once('error', (error) => failed(sentence(error)));
    worker.once('exit', (code) => failed(`its thread ended with code ${code}`));
  });
}

/** When the engine has ended and why, heard from the start so that nothing is missed. */
function endOf(worker: Worker, isClosing: () => boolean): Promise<string | undefined> {
  return new Promise((resolve) => {
    worker.once('error', (error) => resolve(sentence(error)));
    worker.once('exit', (code) => resolve(isClosing() ? undefined : `its thread ended with code ${code}`));
  });
}

/** Resolves with the reason if it could not be made. */
function makeDatabase(dataFolder: string): Promise<string | undefined> {
  const maker = new Worker(MAKER, { workerData: { dataFolder } satisfies DatabaseSettings });
  return new Promise((resolve) => {
    maker.once('error', (error) => resolve(sentence(error)));
    maker.once('exit', (code) => resolve(code === 0 ? undefined : `its thread ended with code ${code}`));
  });
}

function didNotStart(dataFolder: string, reason: string): SuhoError {
  return new SuhoError('LEDGER_FAILED', `The embedded ledger in ${dataFolder} did not start: ${reason}.`);
}

export async function startEmbeddedLedger({ folder, onProgress }: EmbeddedOptions): Promise<EmbeddedLedger> {
  const dataFolder = join(folder, 'ledger');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(dataFolder)) {
    onProgress?.('making the ledger’s database, a few seconds the first time…');
    const failed = await makeDatabase(dataFolder);
    if (failed !== undefined) throw didNotStart(dataFolder, failed);
  }
  const sockets = await socketFolder(folder);
  const socketFile = sockets && join(sockets.path, SOCKET_NAME);
  const worker = new Worker(ENGINE, { workerData: { dataFolder, socketFile } satisfies EmbeddedSettings });
  let closing = false;
  const ended = endOf(worker, () => closing);
  const started = await nextReport(worker);
  if (started.kind !== 'ready') {
    throw didNotStart(dataFolder, started.kind === 'failed' ? started.message : 'it closed at once');
  }
  const connection: LedgerConnection = sockets
    ? { host: sockets.path, port: PORT, connections: 1 }
    : { host: '127.0.0.1', port: Number(started.at.slice(started.at.lastIndexOf(':') + 1)), connections: 1 };
  const close = async (): Promise<void> => {
    // An engine that has ended already will report nothing more.
    const gone = ended.then((reason): EmbeddedReport => ({ kind: 'failed', message: reason ?? 'its thread had ended' }));
    const closed = Promise.race([nextReport(worker), gone]);
    closing = true;
    worker.postMessage('close');
    const report = await closed;
    await worker.terminate();
    if (sockets?.temporary) await rm(sockets.path, { recursive: true, force: true });
    if (report.kind === 'failed') throw new SuhoError('LEDGER_FAILED', `The embedded ledger did not close: ${report.message}.`);
  };
  return { connection, files: dataFolder, ended, close };
}
