// Builds gofakes3, the S3-compatible server that the archive's tests run against, from its sources by the Go module proxy, into
// a folder that git does not see. With the program of that version there it does nothing; without Go it says so, and the
// tests that need the program are skipped by name.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = 'v1.2.0';
const folder = join(dirname(fileURLToPath(import.meta.url)), '.cache');
const program = join(folder, 'gofakes3');
const stamp = `${program}.version`;

if (!existsSync(program) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== VERSION) {
  mkdirSync(folder, { recursive: true });
  const { status, error } = spawnSync('go', ['install', `github.com/johannesboyne/gofakes3/cmd/gofakes3@${VERSION}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) writeFileSync(stamp, VERSION);
  else process.stderr.write(`gofakes3: ${VERSION} not built${error ? `: ${error.message}` : ''}; its tests are skipped\n`);
}
