/**
 * A Weaviate server for one test file, on free ports of loopback with its data in a temporary folder; skipped by name where its
 * program is not there. `test/services/weaviate.mjs` builds the program; SUHO_TEST_WEAVIATE names another.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WeaviateAddress } from '../../src/storage/patterns/weaviate/weaviate-patterns.js';
import { freePorts } from './free-port.js';
import { temporaryFolder } from './temporary-folder.js';

const BUILT = fileURLToPath(new URL('../../../test/services/.cache/weaviate-server', import.meta.url));

export interface WeaviateServer extends AsyncDisposable {
  readonly address: WeaviateAddress;
  readonly pid: number;
}

function program(): string | undefined {
  const path = process.env.SUHO_TEST_WEAVIATE ?? BUILT;
  return existsSync(path) ? path : undefined;
}

/** For the `skip` of a test. */
export function weaviateMissing(): string | false {
  return program() === undefined ? 'no Weaviate here: node test/services/weaviate.mjs builds it' : false;
}

async function answers(url: string, ended: () => string | undefined): Promise<void> {
  for (;;) {
    const said = ended();
    if (said !== undefined) throw new Error(said);
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function startWeaviate(folder?: string, ports?: readonly number[]): Promise<WeaviateServer> {
  const path = program();
  if (path === undefined) throw new Error(String(weaviateMissing()));
  const own = folder === undefined ? await temporaryFolder() : undefined;
  const data = join(own?.path ?? (folder as string), 'data');
  const [http, grpc, gossip, cluster, raft, raftInternal] = (ports ?? (await freePorts(6))) as number[];
  const server = spawn(path, ['--scheme', 'http', '--host', '127.0.0.1', '--port', String(http)], {
    env: {
      PATH: process.env.PATH,
      PERSISTENCE_DATA_PATH: data,
      AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED: 'true',
      DISABLE_TELEMETRY: 'true',
      GO_PROFILING_DISABLE: 'true',
      API_BASED_MODULES_DISABLED: 'true',
      GRPC_PORT: String(grpc),
      CLUSTER_HOSTNAME: 'test',
      CLUSTER_ADVERTISE_ADDR: '127.0.0.1',
      CLUSTER_GOSSIP_BIND_PORT: String(gossip),
      CLUSTER_DATA_BIND_PORT: String(cluster),
      RAFT_PORT: String(raft),
      RAFT_INTERNAL_RPC_PORT: String(raftInternal),
      RAFT_BOOTSTRAP_EXPECT: '1',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await answers(`http://127.0.0.1:${http}/v1/.well-known/ready`, () => (server.exitCode === null ? undefined : told));
  return {
    address: { host: '127.0.0.1', httpPort: http as number, grpcPort: grpc as number, tls: false },
    pid: server.pid as number,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGKILL');
      await ended;
      await own?.[Symbol.asyncDispose]();
    },
  };
}
