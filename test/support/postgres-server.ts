/** A PostgreSQL server of this machine for one test file, on a socket in a temporary folder; undefined where there is none. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyFolder } from './ledger-folder.js';

export interface PostgresServer extends AsyncDisposable {
  /** Of the superuser that made it. */
  readonly url: string;
  readonly urlOf: (login: string, database?: string) => string;
  /** `kill -9` of the server with all processes that it has made. */
  kill(): Promise<void>;
  /** Starts it again on the same socket, with what it had stored. */
  start(): Promise<void>;
}

function programs(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).filter((version) => Number(version) >= 15) : [];
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
  const folder = newest && join(root, newest, 'bin');
  return folder && existsSync(join(folder, 'initdb')) ? folder : undefined;
}

/** PostgreSQL will not run as root: then it runs as the user that its package made. */
function user(): { readonly uid: number; readonly gid: number } | Record<string, never> | undefined {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim() || Number.NaN);
  const [uid, gid] = [id('-u'), id('-g')];
  return Number.isNaN(uid) ? undefined : { uid, gid };
}

/** Whether there is one to start: for the `skip` of a test. */
export function postgresMissing(): string | false {
  return programs() !== undefined && user() !== undefined ? false : 'no PostgreSQL 15 or later on this machine';
}

async function untilReady(server: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let told = '';
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      told += text;
      if (told.includes('ready to accept connections')) resolve();
    });
    server.once('exit', () => reject(new Error(told)));
  });
}

async function ended(server: ChildProcess, end: () => void): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = once(server, 'exit');
  end();
  await exit;
}

/** Its processes each lead a group of their own, and would finish what they are at. */
async function killAll(server: ChildProcess): Promise<void> {
  const made = `/proc/${server.pid}/task/${server.pid}/children`;
  await ended(server, () => {
    const children = existsSync(made) ? readFileSync(made, 'utf8').trim().split(' ').map(Number) : [];
    server.kill('SIGKILL');
    for (const pid of children.filter((each) => each > 0)) tryKill(pid);
  });
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}

/** `more` are words of the server's command line; of a setting that is there twice the last counts. */
export async function startPostgres(more: readonly string[] = []): Promise<PostgresServer> {
  const bin = programs();
  const as = user();
  if (bin === undefined || as === undefined) throw new Error(String(postgresMissing()));
  const folder = await emptyFolder();
  if (as.uid !== undefined) chownSync(folder.path, as.uid, as.gid);
  const data = join(folder.path, 'data');
  const made = spawnSync(join(bin, 'initdb'), ['-D', data, '-U', 'suho', '-A', 'trust', '--no-sync', '--locale=C.UTF-8'], {
    ...as,
    cwd: folder.path,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(made.stderr);
  const words = ['-D', data, '-k', folder.path, '-c', 'listen_addresses=', '-c', 'fsync=off', ...more];
  let server: ChildProcess;
  const start = async (): Promise<void> => {
    server = spawn(join(bin, 'postgres'), words, { ...as, cwd: folder.path, stdio: ['ignore', 'ignore', 'pipe'] });
    await untilReady(server);
  };
  await start();
  const urlOf = (login: string, database = 'postgres'): string =>
    `postgres://${login}@/${database}?host=${encodeURIComponent(folder.path)}`;
  return {
    url: urlOf('suho'),
    urlOf,
    start,
    kill: () => killAll(server),
    [Symbol.asyncDispose]: async () => {
      await ended(server, () => server.kill('SIGINT'));
      await folder[Symbol.asyncDispose]();
    },
  };
}
