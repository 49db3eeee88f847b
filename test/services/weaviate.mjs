// Builds the Weaviate server that the tests of the pattern store run against, from its sources by the Go module proxy, into a
// folder that git does not see. Takes some minutes and about 4 GB of disk once; with the program there it does nothing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = 'v1.35.2';
const folder = join(dirname(fileURLToPath(import.meta.url)), '.cache');

if (existsSync(join(folder, 'weaviate-server'))) {
  process.stderr.write(`weaviate: ${VERSION} is there\n`);
} else {
  mkdirSync(folder, { recursive: true });
  const { status, error } = spawnSync('go', ['install', `github.com/weaviate/weaviate/cmd/weaviate-server@${VERSION}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) {
    process.stderr.write(`weaviate: not built${error ? `: ${error.message}` : ''}; its tests will be skipped\n`);
    process.exitCode = 1;
  }
}
