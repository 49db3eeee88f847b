// Runs the tests against servers (`*.service.test.ts`), each file after the other: its servers have the machine to themselves.
// What this machine has is told first, by name and version; what it lacks too, and its tests are skipped with that reason,
// never passed. Servers that come as Go sources are built once into test/services/.cache. Arguments are parts of test file
// names, as for scripts/test.mjs; --proof runs full counts; --no-build builds nothing. Ends with one plain line.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root, runFiles, Tally, testFiles } from './test-run.mjs';

const words = process.argv.slice(2);
const proof = words.includes('--proof');
const parts = words.filter((word) => !word.startsWith('--'));
if (proof) process.env.SUHO_PROOF = '1';

const sources = join(root, 'test', 'services');
const built = join(sources, '.cache');
// What was built here comes before what the system has: it is newer.
process.env.PATH = `${built}${delimiter}${process.env.PATH ?? ''}`;

if (!words.includes('--no-build')) {
  for (const script of readdirSync(sources).filter((file) => file.endsWith('.mjs')))
    spawnSync(process.execPath, [join(sources, script)], { stdio: ['ignore', 2, 2] });
}

/** What the program says of its version; undefined where there is no such program. */
function versionOf(program, ...asking) {
  const { stdout, stderr, error } = spawnSync(program, asking, { encoding: 'utf8', timeout: 20_000 });
  return error === undefined ? /\d+\.\d+(\.\d+)?/.exec(`${stdout}${stderr}`)?.[0] : undefined;
}

function newestPostgres() {
  const folder = '/usr/lib/postgresql';
  const newest = existsSync(folder)
    ? readdirSync(folder)
        .sort((a, b) => Number(a) - Number(b))
        .at(-1)
    : undefined;
  return newest === undefined ? undefined : join(folder, newest);
}

function timescale() {
  const home = newestPostgres();
  const folder = home?.replace('/usr/lib', '/usr/share');
  const control = folder && join(folder, 'extension', 'timescaledb.control');
  return control !== undefined && existsSync(control) ? 'beside PostgreSQL' : undefined;
}

/** Each server of the production set: how to see whether it is here, and why it is not where it is not. */
const SERVERS = [
  ['PostgreSQL', () => versionOf(join(newestPostgres() ?? '', 'bin', 'postgres'), '--version'), 'no package postgresql'],
  ['TimescaleDB', timescale, 'no such extension in PostgreSQL’s folder; the ledger is tried on plain PostgreSQL'],
  ['Redis', () => versionOf('redis-server', '--version'), 'no package redis-server'],
  ['DragonflyDB', () => versionOf('dragonfly', '--version'), 'no program dragonfly; the cache is tried on Redis'],
  ['NATS', () => versionOf('nats-server', '--version'), 'no package nats-server and no Go'],
  ['Weaviate', () => weaviate(), 'no program; with Go, test/services/weaviate.mjs builds it'],
  ['gofakes3', () => builtHere('gofakes3'), 'no program; with Go, test/services/gofakes3.mjs builds it'],
  ['ClickHouse', () => versionOf('clickhouse', 'server', '--version'), 'no program; its client is tried on chDB in npm test'],
];

function weaviate() {
  const program = process.env.SUHO_TEST_WEAVIATE ?? join(built, 'weaviate-server');
  if (!existsSync(program)) return undefined;
  const source = join(sources, 'weaviate.mjs');
  return existsSync(source) ? 'built here' : program;
}

/** One that does not tell its version: the one that it was built as. */
function builtHere(name) {
  const stamp = join(built, `${name}.version`);
  return existsSync(join(built, name)) && existsSync(stamp) ? readFileSync(stamp, 'utf8').replace(/^v/, '') : undefined;
}

for (const [name, version, why] of SERVERS) {
  const found = version();
  process.stdout.write(found === undefined ? `not run: ${name} (${why})\n` : `runs: ${name} ${found}\n`);
}

const tally = new Tally();
await runFiles(tally, {
  files: testFiles({ services: true, parts }),
  concurrency: 1,
  timeoutMs: (proof ? 60 : 10) * 60_000,
});
tally.close();
