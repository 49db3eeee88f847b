// Installs the reference libraries of this folder and proves that they load. They are native: the machine needs Python 3,
// make and a C++ compiler, which is why the engine's own install never comes here. Tests that need them skip by name
// where they are missing.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const require = createRequire(join(folder, 'package.json'));

function installed(name) {
  try {
    require(name);
    return require(`${name}/package.json`).version === dependencies[name];
  } catch {
    return false;
  }
}

function missing() {
  return Object.keys(dependencies).filter((name) => !installed(name));
}

const wanted = missing();
if (wanted.length === 0) {
  process.stdout.write('oracles: installed already.\n');
} else {
  process.stdout.write(`oracles: installing and compiling ${wanted.join(', ')}, about half a minute…\n`);
  // tulind would first look for a ready-made build on a host of its own.
  const environment = { ...process.env, npm_config_build_from_source: 'true' };
  const done = spawnSync('npm', ['install', '--no-save', '--ignore-scripts=false', '--loglevel=error'], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  const left = missing();
  if (done.status !== 0 || left.length > 0) {
    const what =
      done.error?.message ?? (done.status === 0 ? `${left.join(', ')} does not load` : `npm ended with ${done.status}`);
    process.stderr.write(`oracles: the install failed: ${what}.\n`);
    process.exit(1);
  }
  process.stdout.write(`oracles: ${Object.keys(dependencies).join(', ')} ready.\n`);
}
