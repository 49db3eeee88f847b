// Runs the benchmarks one after another, so that none disturbs another: all of them, or those whose name holds an argument.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'bench');
const wanted = process.argv.slice(2);
const benches = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.js'))
  .sort();
const chosen = benches.filter((file) => wanted.length === 0 || wanted.some((word) => file.includes(word)));

if (chosen.length === 0) {
  const names = benches.map((file) => file.replace('.bench.js', '')).join(', ');
  process.stderr.write(`bench: no benchmark is named ${wanted.join(' or ')}; there are ${names}.\n`);
  process.exit(2);
}

for (const file of chosen) {
  process.stdout.write(`\n== ${file.replace('.bench.js', '')}\n`);
  const { status } = spawnSync(process.execPath, [join(folder, file)], { stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write(`bench: ${file} failed.\n`);
    process.exitCode = 1;
  }
}
