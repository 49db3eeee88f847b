/**
 * The EA's own files, built by g++ with the terminal of test/mql5/terminal into a program. Once for each state of the sources:
 * what was built is kept beside the packages, under a name made of their bytes.
 */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const TERMINAL = join(ROOT, 'test', 'mql5', 'terminal');
const INCLUDE = join(ROOT, 'ea', 'Include');
const CACHE = join(ROOT, 'node_modules', '.cache');
const BUILD_WITHIN_MS = 180_000;

export const EXPERT = join(ROOT, 'ea', 'Experts', 'Suho', 'Suho.mq5');
const FLAGS = ['-std=c++17', '-O1', '-Wall', '-Wextra', '-Werror', `-I${TERMINAL}`, `-I${INCLUDE}`];

/** Why the EA cannot be built here; false where it can. */
export function whyNoEa(): string | false {
  if (spawnSync('g++', ['--version']).status !== 0) return 'no g++';
  const header = spawnSync('g++', ['-E', '-x', 'c++', '-'], { input: '#include <openssl/ssl.h>\n' });
  return header.status === 0 ? false : 'no headers of OpenSSL (package libssl-dev)';
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => statSync(path).isFile())
    .sort();
}

/** Inputs of an expert, by the lines that declare them. */
function inputs(expert: string): readonly string[] {
  const included = filesUnder(join(ROOT, 'ea')).filter((path) => path.endsWith('.mqh'));
  return [expert, ...included].flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/^\s*s?input\s+\w+\s+(\w+)\s*=/gm)].map(([, name]) => name as string),
  );
}

function program(expert: string): string {
  const set = inputs(expert).map((name) => `{"${name}", [](const std::string &value) { shim::assign(${name}, value); }}`);
  return [
    '#include "run.hpp"',
    `#include "${expert}"`,
    'int main() {',
    `  return shim::Runner({${set.join(', ')}}).run();`,
    '}',
    '',
  ].join('\n');
}

function gcc(words: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync('g++', words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

/** The program; built where it is not there. One of several test processes builds, the others wait for it. */
export async function builtEa(expert = EXPERT): Promise<string> {
  const hash = createHash('sha256').update(program(expert)).update(readFileSync(expert)).update(FLAGS.slice(0, -2).join(' '));
  for (const path of [...filesUnder(TERMINAL), ...filesUnder(join(ROOT, 'ea'))])
    hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  const built = join(CACHE, `suho-ea-${hash.digest('hex').slice(0, 16)}`);
  const claim = `${built}.building`;
  for (const endMs = Date.now() + BUILD_WITHIN_MS; !existsSync(built); await wait(100)) {
    mkdirSync(CACHE, { recursive: true });
    if (Date.now() > endMs) rmSync(claim, { recursive: true, force: true });
    try {
      mkdirSync(claim);
    } catch {
      continue;
    }
    try {
      build(expert, built, claim);
    } finally {
      rmSync(claim, { recursive: true, force: true });
    }
  }
  return built;
}

function build(expert: string, built: string, folder: string): void {
  if (existsSync(built)) return;
  const source = join(folder, 'ea.cpp');
  writeFileSync(source, program(expert));
  const done = gcc([...FLAGS, source, '-o', join(folder, 'ea'), '-lssl', '-lcrypto']);
  if (done.status !== 0) throw new Error(`g++ does not take the EA:\n${done.stderr.split('\n').slice(0, 40).join('\n')}`);
  renameSync(join(folder, 'ea'), built);
}

/** Files of ea/ that g++ reads when it builds the EA. */
export function filesOfCompiler(): readonly string[] {
  const done = gcc([...FLAGS, '-MM', '-x', 'c++', '-include', join(TERMINAL, 'run.hpp'), EXPERT]);
  if (done.status !== 0) throw new Error(done.stderr);
  const words = done.stdout.replaceAll('\\\n', ' ').split(/\s+/).slice(1);
  const own = words.filter((path) => path !== '').map((path) => relative(join(ROOT, 'ea'), path));
  return [...new Set(own.filter((path) => !path.startsWith('..')))].sort();
}

/**
 * Files of ea/ that MetaEditor reads, from what the sources say: `<X>` from the folder Include, `"X"` from the file's own. Lines
 * under conditions are read too, so that what one compiler alone would include is a difference.
 */
export function filesOfMetaEditor(): readonly string[] {
  const found = new Set<string>();
  const read = (path: string): void => {
    const own = relative(join(ROOT, 'ea'), path);
    if (found.has(own)) return;
    found.add(own);
    for (const [, open, name] of readFileSync(path, 'utf8').matchAll(/^\s*#include\s+([<"])([^>"]+)[>"]/gm))
      read(join(open === '<' ? INCLUDE : dirname(path), (name as string).replaceAll('\\', '/')));
  };
  read(EXPERT);
  return [...found].sort();
}
