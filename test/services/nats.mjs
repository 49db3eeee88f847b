// Builds the NATS server that the tests run against, from its sources by the Go module proxy, into a folder that git does not
// see: the version that docker-compose.yml names, where the system's package is years older. With the program there it does
// nothing; without Go the system's is used.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = 'v2.12.1';
const folder = join(dirname(fileURLToPath(import.meta.url)), '.cache');

if (!existsSync(join(folder, 'nats-server'))) {
  mkdirSync(folder, { recursive: true });
  const { status, error } = spawnSync('go', ['install', `github.com/nats-io/nats-server/v2@${VERSION}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) process.stderr.write(`nats: ${VERSION} not built${error ? `: ${error.message}` : ''}\n`);
}
