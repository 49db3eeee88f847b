// Builds the Weaviate server that the tests of the pattern store run against, from its sources by the Go module proxy, into a
// folder that git does not see. It takes some minutes and 4 GB of disk (Go's own caches) the first time; with the program of that
// version there it does nothing. Without Go it says so, and the tests that need the program are skipped by name.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = 'v1.35.2';
const folder = join(dirname(fileURLToPath(import.meta.url)), '.cache');
const program = join(folder, 'weaviate-server');
const stamp = `${program}.version`;

function say(sentence) {
  process.stderr.write(`weaviate: ${sentence}\n`);
}

function build() {
  if (spawnSync('go', ['version']).status !== 0) {
    say('skipped, there is no Go here; its tests are skipped too');
    return;
  }
  say(`building ${VERSION}, some minutes the first time…`);
  mkdirSync(folder, { recursive: true });
  const started = Date.now();
  const { status } = spawnSync('go', ['install', `github.com/weaviate/weaviate/cmd/weaviate-server@${VERSION}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    stdio: ['ignore', 2, 2],
  });
  const seconds = Math.round((Date.now() - started) / 1_000);
  if (status === 0) {
    writeFileSync(stamp, VERSION);
    say(`${VERSION} built in ${seconds} s`);
  } else {
    say(`not built after ${seconds} s; its tests are skipped`);
    process.exitCode = 1;
  }
}

if (existsSync(program) && existsSync(stamp) && readFileSync(stamp, 'utf8') === VERSION) say(`${VERSION} is there`);
else build();
