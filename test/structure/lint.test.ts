import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder } from '../support/temporary-folder.js';
import { root } from './sources.js';

/** Sources that lint must refuse in a room of the domain, and those that it must let pass there. */
const AMBIENT = [
  'export const a = Date.now();',
  'export const a = new Date();',
  'export const a = new Date;',
  'export const a = Date();',
  "export const a = Date['now']();",
  'const { now } = Date;\nexport const a = now;',
  'export const a = Math.random();',
  'const { random } = Math;\nexport const a = random;',
  'export const a = process.env.HOME;',
  "export const a = process['env'];",
  'const { env } = process;\nexport const a = env;',
  'export const a = process.hrtime.bigint();',
  'export const a = performance.now();',
  'export const a = crypto.randomUUID();',
  'export const a = crypto.getRandomValues(new Uint8Array(4));',
  "import { randomUUID } from 'node:crypto';\nexport const a = randomUUID();",
  "import { randomBytes as chance } from 'node:crypto';\nexport const a = chance(4);",
  'setTimeout(() => {}, 1);',
  'export const a = setInterval(() => {}, 1);',
  'setImmediate(() => {});',
  'export const a = globalThis.setTimeout;',
  "import { setTimeout } from 'node:timers/promises';\nexport const a = setTimeout;",
  "import { performance } from 'node:perf_hooks';\nexport const a = performance;",
];
const PURE = [
  'export const a = new Date(5).toISOString();',
  'export const a = Date.UTC(2026, 0, 6);',
  'export const a = Math.max(1, 2);',
  "import { createHash } from 'node:crypto';\nexport const a = createHash('sha256');",
];
const NEVER = ['export default 3;', "import { it } from 'node:test';\nit.only('a', () => {});"];

/** The files, of those given, that lint finds fault with under this repository's settings. */
async function refused(files: Readonly<Record<string, string>>): Promise<ReadonlySet<string>> {
  await using temporary = await temporaryFolder();
  const folder = temporary.path;
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  cpSync(join(root, 'scripts', 'lint'), join(folder, 'scripts', 'lint'), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const words = ['lint', '--vcs-enabled=false', '--max-diagnostics=none', '--reporter=github', '.'];
  const { stdout, stderr } = spawnSync(process.execPath, [biome, ...words], { cwd: folder, encoding: 'utf8' });
  return new Set(Object.keys(files).filter((path) => `${stdout}${stderr}`.includes(`/${path},line=`)));
}

function planted(folder: string, texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text, at) => [`${folder}/planted-${at}.ts`, text]));
}

function paths(folder: string, texts: readonly string[]): ReadonlySet<string> {
  return new Set(Object.keys(planted(folder, texts)));
}

describe('lint', () => {
  it('refuses ambient time, chance and environment in the engine, and lets pure uses of the same names pass', async () => {
    assert.deepEqual(await refused(planted('src/market', [...AMBIENT, ...PURE])), paths('src/market', AMBIENT));
  });

  it('refuses them in every room but the seams, the settings and the commands', async () => {
    const rooms = ['actors', 'supervisors', 'gateway', 'storage', 'admin', 'feeds', 'demo', 'ea-sim', 'protocol', 'accounts'];
    const everywhere = rooms.map((room) => `src/${room}/planted.ts`).concat('src/main.ts', 'workers/planted.ts');
    const seams = ['src/runtime/planted.ts', 'src/config.ts', 'src/cli/planted.ts', 'test/planted.ts', 'bench/planted.ts'];
    const text = AMBIENT[0] as string;
    const files = Object.fromEntries([...everywhere, ...seams].map((path) => [path, text]));
    assert.deepEqual(await refused(files), new Set(everywhere));
  });

  it('refuses default exports and tests that run alone', async () => {
    assert.deepEqual(await refused(planted('test', NEVER)), paths('test', NEVER));
  });
});
