// Runs the checks and the compiled tests, and ends with one plain line. `--proof` runs the same tests at full counts;
// other arguments are parts of test file names: `node scripts/test.mjs candle` runs only files whose path holds "candle".
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const proof = words.includes('--proof');
const parts = words.filter((word) => !word.startsWith('--'));
if (proof) process.env.SUHO_PROOF = '1';

let passed = 0;
let failed = 0;
const failures = [];
const skipped = [];

function check(name, command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.status === 0) passed += 1;
  else {
    failed += 1;
    failures.push(name);
  }
}

if (parts.length === 0) {
  check('lint', process.execPath, [
    join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
    'check',
    '--error-on-warnings',
    '.',
  ]);
}

const files = readdirSync(join(root, 'dist', 'test'), { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(root, 'dist', 'test', file));

if (files.length > 0) {
  const stream = run({ files, concurrency: 2, timeout: (proof ? 120 : 8) * 60_000 });
  stream.on('test:pass', ({ name, details, skip, file }) => {
    if (details?.type === 'suite') return;
    if (skip !== undefined)
      skipped.push(`${relative(root, file ?? '')}: ${name}${typeof skip === 'string' && skip ? ` (${skip})` : ''}`);
    else passed += 1;
  });
  stream.on('test:fail', ({ name, details, file }) => {
    if (details?.type === 'suite') return;
    failed += 1;
    failures.push(`${relative(root, file ?? '')}: ${name}`);
  });
  await new Promise((resolve, reject) => {
    const report = stream.compose(new spec());
    report.on('error', reject);
    report.on('end', resolve);
    report.pipe(process.stdout, { end: false });
  });
}

for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
for (const name of failures) process.stdout.write(`failed: ${name}\n`);
process.stdout.write(`${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`);
process.exitCode = failed > 0 ? 1 : 0;
