// Makes a checkout runnable: installs the locked packages when they are missing or stale, and compiles when a source is
// newer than the last build. Plain JavaScript with no dependencies, because it runs before anything is installed.
// Install scripts stay off (.npmrc): every package used ships what it needs, and onnxruntime-node's own script would
// fetch GPU parts from a host that a closed machine cannot reach.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildWeb } from './build-web.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const installStamp = join(root, 'node_modules', '.suho-installed');
const buildStamp = join(root, 'dist', '.suho-built');
const compiled = ['src', 'workers', 'test', 'bench', 'load-tests', 'scripts', 'web'];

function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

function run(command, args, what) {
  // npm's own chatter belongs on stderr: stdout carries results only.
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.error || done.status !== 0) {
    say(`suho: ${what} failed${done.error ? `: ${done.error.message}` : ` with exit code ${done.status}`}.`);
    process.exit(4);
  }
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.version)
    .digest('hex');
}

function install() {
  const wanted = lockHash();
  if (existsSync(installStamp) && readFileSync(installStamp, 'utf8') === wanted) return;
  say('suho: installing packages, about half a minute the first time…');
  // Not `npm ci`: it refuses a lock file without the packages of platforms that the registry at hand does not carry, and
  // there are such registries. `install --no-save` takes the same locked versions and leaves the lock file alone.
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], 'npm install');
  writeFileSync(installStamp, wanted);
}

function newest(path, skip) {
  let latest = statSync(path).mtimeMs;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (skip.has(entry.name)) continue;
    const child = join(path, entry.name);
    const time = entry.isDirectory() ? newest(child, skip) : statSync(child).mtimeMs;
    if (time > latest) latest = time;
  }
  return latest;
}

async function build() {
  const skip = new Set(['node_modules', 'oracles', '.cache']);
  const sources = [join(root, 'tsconfig.json'), join(root, 'package-lock.json')].map((file) => statSync(file).mtimeMs);
  for (const folder of compiled) if (existsSync(join(root, folder))) sources.push(newest(join(root, folder), skip));
  const latest = Math.max(...sources);
  if (existsSync(buildStamp) && Number(readFileSync(buildStamp, 'utf8')) >= latest) return;
  const started = Date.now();
  // A deleted source must not live on in dist/ and be run as a test, so each build starts from nothing; and it is swapped
  // in whole, so that a command running beside it never meets half a build.
  const next = join(root, `.dist-${process.pid}`);
  const old = join(root, `.dist-old-${process.pid}`);
  rmSync(next, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run(process.execPath, [tsc, '-p', '.', '--outDir', next], 'the build');
  run(process.execPath, [tsc, '-p', 'web'], 'the check of the page');
  await buildWeb(root, join(next, 'web'));
  writeFileSync(join(next, '.suho-built'), String(latest));
  if (existsSync(join(root, 'dist'))) renameSync(join(root, 'dist'), old);
  renameSync(next, join(root, 'dist'));
  rmSync(old, { recursive: true, force: true });
  say(`suho: built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

export async function prepare() {
  if (!existsSync(join(root, 'src'))) return;
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    say(`suho: Node 20 or later is needed; this is ${process.version}.`);
    process.exit(4);
  }
  install();
  await build();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await prepare();
