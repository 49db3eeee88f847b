/**
 * The data folder belongs to one node. The lock must be gone the instant its holder is, however it died, and two nodes that
 * start at once must not both get it. A pid file gives neither: it stays behind, and taking over a stale one is a race. So
 * the lock is something that the operating system itself releases:
 * - Linux: an abstract socket named by the folder's device and inode, which at most one process can have bound;
 * - Windows: a named pipe of the same name;
 * - macOS and the BSDs: a file opened with O_EXLOCK.
 * An abstract socket is not seen from another network namespace (a second container on the same volume). For those the node
 * also listens on a socket file in the folder, which is found through the file system from everywhere: a starter that is
 * answered there steps back.
 *
 * Whoever connects to a lock's socket is told who holds the folder, so that the refusal can say it. `node.json` tells the
 * same to a person; it locks nothing and may be out of date.
 */
import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join, resolve } from 'node:path';
import { SuhoError, sentence } from '../errors.js';
import { bringUpToDate } from './data-layout.js';

/** Who holds the folder. */
export interface NodeCard {
  readonly pid: number;
  readonly startedAt: string;
  readonly version: string;
}

export interface DataFolder {
  readonly path: string;
  release(): Promise<void>;
}

interface Lock {
  release(): Promise<void>;
}

const SOCKET_NAME = 'node.sock';
/** What fits into `sockaddr_un` on every platform. */
const SOCKET_PATH_MOST = 103;

/** Listens and tells everyone who connects the card, or answers undefined where another process listens. */
function listen(path: string, card: NodeCard): Promise<Server | undefined> {
  return new Promise((settle, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(JSON.stringify(card));
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') settle(undefined);
      else reject(error);
    });
    server.listen({ path, exclusive: true }, () => {
      // The lock alone does not keep a node running.
      server.unref();
      settle(server);
    });
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((settle) => server.close(() => settle()));
}

/** The card of whoever listens there; undefined where nobody does. */
function askHolder(path: string): Promise<Partial<NodeCard> | undefined> {
  return new Promise((settle) => {
    let told = '';
    let answered = false;
    const socket = connect(path, () => {
      answered = true;
    });
    socket.setEncoding('utf8');
    socket.on('data', (text) => {
      told += text;
    });
    socket.on('error', () => {});
    socket.once('close', () => settle(answered ? cardOf(told) : undefined));
  });
}

function cardOf(text: string): Partial<NodeCard> {
  try {
    return JSON.parse(text) as Partial<NodeCard>;
  } catch {
    return {};
  }
}

function lockAddress({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  const name = `suho-node-${dev}-${ino}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : `\0${name}`;
}

async function lockBySocket(path: string, address: string, card: NodeCard): Promise<Lock> {
  const server = await listen(address, card);
  if (server === undefined) throw taken(path, await askHolder(address));
  if (process.platform === 'win32') return { release: () => stopListening(server) };
  const seen = await lockAcrossNamespaces(path, card).catch(async (error: unknown) => {
    await stopListening(server);
    throw error;
  });
  return {
    release: async () => {
      if (seen !== undefined) await stopListening(seen);
      await stopListening(server);
    },
  };
}

/** The socket file that processes of other network namespaces see; undefined where the folder's path is too long for one. */
async function lockAcrossNamespaces(path: string, card: NodeCard): Promise<Server | undefined> {
  const file = join(path, SOCKET_NAME);
  if (Buffer.byteLength(file) > SOCKET_PATH_MOST) return undefined;
  const holder = await askHolder(file);
  if (holder !== undefined) throw taken(path, holder);
  await rm(file, { force: true });
  const server = await listen(file, card);
  if (server === undefined) throw taken(path, await askHolder(file));
  await chmod(file, 0o600);
  return server;
}

/** O_EXLOCK of macOS and the BSDs, which Node passes on: the lock comes with the open, or the open fails. */
const O_RDWR = 0x2;
const O_NONBLOCK = 0x4;
const O_EXLOCK = 0x20;
const O_CREAT = 0x200;

async function lockByOpen(path: string): Promise<Lock> {
  try {
    const file = await open(join(path, 'node.lock'), O_RDWR | O_CREAT | O_NONBLOCK | O_EXLOCK, 0o600);
    return { release: () => file.close() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    throw taken(path, cardOf(await readFile(join(path, 'node.json'), 'utf8').catch(() => '')));
  }
}

function taken(path: string, holder: Partial<NodeCard> | undefined): SuhoError {
  const who = holder?.pid === undefined ? '' : `, process ${holder.pid}, since ${holder.startedAt}`;
  return new SuhoError('DATA_FOLDER_TAKEN', `Another node holds the data folder ${path}${who}.`);
}

async function lock(path: string, card: NodeCard): Promise<Lock> {
  const made = await stat(path, { bigint: true });
  switch (process.platform) {
    case 'linux':
    case 'win32':
      return lockBySocket(path, lockAddress(made), card);
    case 'darwin':
    case 'freebsd':
    case 'openbsd':
    case 'netbsd':
      return lockByOpen(path);
    default:
      throw new SuhoError('CONFIG_INVALID', `Suho cannot lock a data folder on ${process.platform}.`);
  }
}

/** Who holds the folder just now; undefined where it is free or not there. Takes no lock and makes nothing. */
export async function holderOf(folder: string): Promise<Partial<NodeCard> | undefined> {
  const path = resolve(folder);
  const made = await stat(path, { bigint: true }).catch(() => undefined);
  if (made === undefined) return undefined;
  if (process.platform === 'linux' || process.platform === 'win32') {
    const file = join(path, SOCKET_NAME);
    const seen = process.platform === 'linux' && Buffer.byteLength(file) <= SOCKET_PATH_MOST;
    return (await askHolder(lockAddress(made))) ?? (seen ? await askHolder(file) : undefined);
  }
  try {
    await (await open(join(path, 'node.lock'), O_RDWR | O_NONBLOCK | O_EXLOCK)).close();
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return undefined;
    return cardOf(await readFile(join(path, 'node.json'), 'utf8').catch(() => ''));
  }
}

async function writeCard(path: string, card: NodeCard): Promise<void> {
  const unfinished = join(path, `node.json.${card.pid}`);
  await writeFile(unfinished, `${JSON.stringify(card)}\n`, { mode: 0o600 });
  await rename(unfinished, join(path, 'node.json'));
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  } catch (error) {
    throw new SuhoError('FILE_UNREADABLE', `The data folder ${path} cannot be used: ${sentence(error)}.`, { cause: error });
  }
}

/** Opens the data folder, made where it is not there and brought up to this version's layout, and holds it until released or until the process ends. */
export async function openDataFolder(folder: string, card: NodeCard): Promise<DataFolder> {
  const path = resolve(folder);
  await makeFolder(path);
  const held = await lock(path, card);
  try {
    await bringUpToDate(path, card.version);
    await writeCard(path, card);
  } catch (error) {
    await held.release();
    throw error;
  }
  return {
    path,
    release: async () => {
      await rm(join(path, 'node.json'), { force: true });
      await held.release();
    },
  };
}
