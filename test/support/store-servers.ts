/**
 * A server for each store of a node, as far as this machine has them: killed without a word, and started again on the same port
 * and with the same data. ClickHouse is the small server on chDB (`clickhouse-server.ts`), in a process of its own.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { chdbMissing } from './chdb.js';
import { freePort, freePorts } from './free-port.js';
import { natsMissing, startNats } from './nats-server.js';
import { postgresMissing, startPostgres } from './postgres-server.js';
import { redisMissing, startRedis } from './redis-server.js';
import { temporaryFolder } from './temporary-folder.js';
import { startWeaviate, weaviateMissing } from './weaviate-server.js';

export const SERVED_STORES = ['cache', 'bus', 'analytics', 'patterns', 'ledger'] as const;
export type ServedStore = (typeof SERVED_STORES)[number];

export interface StoreServer extends AsyncDisposable {
  /** What the setting of the store's name is set to. */
  readonly url: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

const CLICKHOUSE = fileURLToPath(new URL('./clickhouse-process.js', import.meta.url));

async function startCache(): Promise<StoreServer> {
  // It remembers: what it had before it was killed is outdated when it is back.
  const server = await startRedis('--appendonly', 'yes', '--appendfsync', 'always');
  return {
    url: server.url,
    kill: () => server.signal('SIGKILL'),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startBus(): Promise<StoreServer> {
  const server = await startNats();
  return {
    url: server.url,
    kill: () => server.signal('SIGKILL'),
    start: () => server.start(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

export async function startAnalytics(): Promise<StoreServer> {
  const folder = await temporaryFolder();
  const port = await freePort();
  let child: ChildProcess;
  let url = '';
  const start = async (): Promise<void> => {
    child = fork(CLICKHOUSE, [folder.path, String(port)], { execArgv: [] });
    const told = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (typeof told[0] !== 'string') throw new Error(`the server of analytics ended with ${told[0]}`);
    url = told[0];
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  await start();
  return {
    url,
    kill,
    start,
    [Symbol.asyncDispose]: async () => {
      await kill();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function startPatterns(): Promise<StoreServer> {
  const folder = await temporaryFolder();
  const ports = await freePorts(6);
  let server = await startWeaviate(folder.path, ports);
  const { host, httpPort, grpcPort } = server.address;
  return {
    url: `weaviate://${host}:${httpPort}?grpc=${grpcPort}`,
    kill: async () => {
      await server[Symbol.asyncDispose]();
    },
    start: async () => {
      server = await startWeaviate(folder.path, ports);
    },
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const SERVERS: Readonly<
  Record<ServedStore, { readonly missing: () => string | false; readonly open: () => Promise<StoreServer> }>
> = {
  cache: { missing: redisMissing, open: startCache },
  bus: { missing: natsMissing, open: startBus },
  analytics: { missing: chdbMissing, open: startAnalytics },
  patterns: { missing: weaviateMissing, open: startPatterns },
  ledger: { missing: postgresMissing, open: startPostgres },
};

/** Whether there is a server of it to start: for the `skip` of a test. */
export function serverMissing(store: ServedStore): string | false {
  return SERVERS[store].missing();
}

export interface StoreServers extends AsyncDisposable {
  /** Undefined where this machine has none. */
  readonly of: (store: ServedStore) => StoreServer | undefined;
  /** Settings that name those that there are; the other stores are embedded. */
  readonly settings: Readonly<Partial<Record<ServedStore, string>>>;
}

export async function startServers(): Promise<StoreServers> {
  const here = SERVED_STORES.filter((store) => serverMissing(store) === false);
  const started = await Promise.all(here.map(async (store) => [store, await SERVERS[store].open()] as const));
  const servers = new Map<ServedStore, StoreServer>(started);
  return {
    of: (store) => servers.get(store),
    settings: Object.fromEntries(started.map(([store, { url }]) => [store, url])),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(started.map(([, server]) => server[Symbol.asyncDispose]()));
    },
  };
}
